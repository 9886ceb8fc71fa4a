import { describe, expect, it } from 'vitest';
import { parseJunit } from './parse-junit.ts';

describe('parseJunit', () => {
  it('reads every outcome, nested suites, reasons and seconds', () => {
    const report = parseJunit(`<?xml version="1.0"?>
<testsuites>
  <testsuite name="os" tests="5" failures="1" errors="1">
    <testcase classname="network" name="wired" time="1.25"/>
    <testcase name="a &lt;b&gt; &amp;amp; &#39;c&#x27;"/>
    <testcase name="wireless"><failure message="no link &quot;wlan0&quot;" type="x">stack</failure></testcase>
    <testcase name="tunnel"><error>
      socket closed
      at line 3
    </error></testcase>
    <testsuite name="tpm"><testcase name="seal"><skipped message="no tpm"/></testcase></testsuite>
    <testcase name="later" status="notrun"/>
  </testsuite>
</testsuites>`);
    expect(report.defect).toBeNull();
    expect(report.tests.map(({ name, outcome, because }) => [name, outcome, because])).toEqual([
      ['os > network > wired', 'passed', null],
      ["os > a <b> &amp; 'c'", 'passed', null],
      ['os > wireless', 'failed', 'no link "wlan0"'],
      ['os > tunnel', 'failed', 'socket closed'],
      ['os > later', 'skipped', 'notrun'],
      ['os > tpm > seal', 'skipped', 'no tpm'],
    ]);
    expect(report.tests[0]?.durationMs).toBe(1250);
  });

  it('reads a single suite, also with other output around it', () => {
    const report = parseJunit('building...\n<testsuite name="s"><testcase name="a"/></testsuite>\ndone\n');
    expect(report).toMatchObject({ defect: null, tests: [{ name: 's > a', outcome: 'passed' }] });
  });

  it('has neither test nor defect without a report and with an empty one', () => {
    expect(parseJunit('no report')).toEqual({ tests: [], defect: null, skipReason: null });
    expect(parseJunit('<testsuites/>')).toEqual({ tests: [], defect: null, skipReason: null });
    expect(parseJunit('<testsuite name="s"></testsuite>').tests).toEqual([]);
  });

  it('finds a report that is cut off', () => {
    expect(parseJunit('<testsuite name="s"><testcase name="a"/><testcase na').defect).toMatch(/broken/);
  });

  it('finds failures that are counted but not listed', () => {
    const report = parseJunit(
      '<testsuite name="s" failures="2"><testcase name="a"><failure/></testcase></testsuite>',
    );
    expect(report.defect).toBe('suite "s" counts 2 failures, but lists 1');
  });

  it('does not expand entities that a report defines', () => {
    const report = parseJunit(
      '<!DOCTYPE t [<!ENTITY e "expanded">]><testsuite name="s"><testcase name="&e;"/></testsuite>',
    );
    expect(JSON.stringify(report)).not.toContain('expanded');
  });
});
