import { renderJunit, type SuiteReport, type TestResult } from '@osrel/core';
import { XMLValidator } from 'fast-xml-parser';
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
    expect(parseJunit('no report')).toMatchObject({ tests: [], defect: null, skipReason: null });
    expect(parseJunit('<testsuites/>')).toMatchObject({ tests: [], defect: null, skipReason: null });
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

describe('the JUnit that osrel writes', () => {
  const tests: readonly TestResult[] = [
    { name: 'OS > boots', outcome: 'passed', because: null, durationMs: 1250 },
    { name: 'OS > wifi "5 GHz" <n>', outcome: 'failed', because: 'no link & no\u0000 light', durationMs: 20 },
    { name: 'OS > tpm', outcome: 'skipped', because: 'no tpm', durationMs: null },
  ];
  const report: SuiteReport = {
    schemaVersion: 1,
    entry: 'os',
    suite: 'os',
    suiteRevision: null,
    lab: 'leviathan',
    worker: 'testbot',
    rig: null,
    machine: 'pi5',
    slug: 'pi5',
    version: '6.5.1',
    manifestSha256: 'a'.repeat(64),
    given: [],
    verdict: 'failed',
    rule: 'failed-test',
    because: '1 failed',
    counts: { passed: 1, failed: 1, skipped: 1, waived: 0 },
    tests,
    attempts: [],
    waivers: [],
    startedAt: '2026-07-01T11:50:00.000Z',
    finishedAt: '2026-07-01T12:00:00.000Z',
    durationMs: 600_000,
  };

  it('is XML, and says the same when it is read', () => {
    const xml = renderJunit([report]);
    expect(XMLValidator.validate(xml)).toBe(true);
    const read = parseJunit(xml);
    expect(read.defect).toBeNull();
    expect(read.tests.map(({ name, outcome, because }) => [name, outcome, because])).toEqual([
      ['os on pi5 > pi5.os > OS > boots', 'passed', null],
      ['os on pi5 > pi5.os > OS > wifi "5 GHz" <n>', 'failed', 'no link & no light'],
      ['os on pi5 > pi5.os > OS > tpm', 'skipped', 'no tpm'],
    ]);
  });

  it('is red to who reads it when nothing was tested', () => {
    const { tests: read } = parseJunit(renderJunit([{ ...report, verdict: 'nothing-tested', tests: [] }]));
    expect(read).toMatchObject([{ outcome: 'failed' }]);
  });
});
