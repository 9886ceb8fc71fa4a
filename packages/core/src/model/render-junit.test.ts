import { describe, expect, it } from 'vitest';
import { renderJunit } from './render-junit.ts';
import { countTests, type SuiteReport, type TestResult } from './suite-report.ts';
import { suiteReportSchema, testSummarySchema } from './suite-report-schema.ts';

const test = (name: string, outcome: TestResult['outcome'], because: string | null = null): TestResult => ({
  name,
  outcome,
  because,
  durationMs: 1250,
});

function report(change: Partial<SuiteReport> = {}): SuiteReport {
  const tests = change.tests ?? [test('OS > boots', 'passed')];
  return {
    schemaVersion: 1,
    entry: 'os-qemu',
    suite: 'os',
    suiteRevision: 'a1b2c3',
    lab: 'leviathan',
    worker: 'qemu',
    rig: { id: 'f00d', kind: 'qemu', name: null },
    machine: 'generic-amd64',
    slug: 'generic-amd64',
    version: '6.5.1',
    manifestSha256: 'a'.repeat(64),
    given: [{ name: 'image/balena.img', sizeBytes: 4096, sha256: 'b'.repeat(64) }],
    verdict: 'passed',
    rule: 'passed',
    because: '1 passed',
    counts: countTests(tests),
    tests,
    attempts: [
      {
        rig: null,
        verdict: 'rig-failure',
        because: 'no heartbeat',
        startedAt: '2026-07-01T11:40:00.000Z',
        durationMs: 5,
      },
    ],
    waivers: [{ test: 'OS > wifi', tracker: 'acme#7', owner: 'ada', expires: '2026-12-31' }],
    startedAt: '2026-07-01T11:50:00.000Z',
    finishedAt: '2026-07-01T12:00:00.000Z',
    durationMs: 600_000,
    ...change,
  };
}

describe('renderJunit', () => {
  it('has a case for each test, with reasons and seconds', () => {
    const tests = [
      test('OS > boots', 'passed'),
      test('OS > wifi', 'failed', 'no link'),
      test('OS > tpm', 'skipped', 'no tpm'),
      test('OS > led', 'waived', 'known (acme#7): dark'),
    ];
    const xml = renderJunit([report({ tests, verdict: 'failed', because: '1 failed' })]);
    expect(xml).toContain('tests="4" failures="1" errors="0" skipped="2" time="600.000"');
    expect(xml).toContain('<testcase name="OS &gt; boots" classname="generic-amd64.os-qemu" time="1.250"/>');
    expect(xml).toContain('<failure message="no link" type="failed">no link</failure>');
    expect(xml).toContain('<skipped message="no tpm"/>');
    expect(xml).toContain('<skipped message="waived: known (acme#7): dark"/>');
  });

  it('names rig, bytes, verdict, attempts and waivers', () => {
    const xml = renderJunit([report()]);
    for (const [name, value] of [
      ['rig.id', 'f00d'],
      ['given.image/balena.img.sha256', 'b'.repeat(64)],
      ['verdict', 'passed'],
      ['suite.revision', 'a1b2c3'],
      ['attempt.1', 'rig-failure on no rig: no heartbeat'],
      ['waiver.OS &gt; wifi', 'acme#7, ada, until 2026-12-31'],
    ]) {
      expect(xml).toContain(`<property name="${name}" value="${value}"/>`);
    }
  });

  it.each(['nothing-tested', 'unsupported', 'rig-failure', 'infrastructure', 'failed'] as const)(
    'has an error for a suite that ended as %s without any failed test',
    (verdict) => {
      const xml = renderJunit([report({ verdict, tests: [], because: 'no <rig>', rule: 'r' })]);
      expect(xml).toContain('tests="1" failures="0" errors="1"');
      expect(xml).toContain(`<error message="no &lt;rig&gt; (r)" type="${verdict}">`);
    },
  );

  it('has an error for a rig failure besides the failures that it came with, and for a pass without a test', () => {
    const failed = [test('OS > wifi', 'failed')];
    expect(renderJunit([report({ verdict: 'rig-failure', tests: failed })])).toContain(
      'failures="1" errors="1"',
    );
    expect(renderJunit([report({ tests: [] })])).toContain('type="nothing-tested"');
  });

  it('leaves out what XML cannot hold, and escapes the rest', () => {
    const because = '\u001b[31mred\u001b[0m \u0000\u0007\uFFFF\uD800 "a" & <b>\nsecond\tline 🦆';
    const xml = renderJunit([report({ verdict: 'failed', tests: [test('a\nb', 'failed', because)] })]);
    expect(xml).toContain('<failure message="red  &quot;a&quot; &amp; &lt;b&gt;" type="failed">');
    expect(xml).toContain('red  "a" &amp; &lt;b&gt;\nsecond\tline 🦆</failure>');
    expect(xml).toContain('name="a&#10;b"');
  });

  it('numbers several suites', () => {
    const xml = renderJunit([report(), report({ entry: 'hup' })]);
    expect(xml.match(/<testsuite name="[^"]*" package="[^"]*" id="\d"/g)).toEqual([
      '<testsuite name="os-qemu on generic-amd64" package="osrel.generic-amd64" id="0"',
      '<testsuite name="hup on generic-amd64" package="osrel.generic-amd64" id="1"',
    ]);
  });
});

describe('the JSON summary', () => {
  it('is read back as it was written', () => {
    const written = report();
    expect(suiteReportSchema.parse(JSON.parse(JSON.stringify(written)))).toEqual(written);
    expect(testSummarySchema.safeParse({ schemaVersion: 2, suites: [] }).success).toBe(false);
  });

  it('is refused without a verdict that is one', () => {
    expect(suiteReportSchema.safeParse({ ...report(), verdict: 'green' }).success).toBe(false);
  });
});
