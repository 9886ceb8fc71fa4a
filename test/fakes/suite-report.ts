import { countTests, type SuiteReport, type TestResult } from '@osrel/core';

/** A report of suite `os` that passed on a rig; what a test is about is given. Counts follow the tests. */
export function suiteReport(change: Partial<SuiteReport> = {}): SuiteReport {
  const tests = change.tests ?? [testResult('OS > boots')];
  const rig = { id: 'f00d', kind: 'testbot', name: 'shelf 3' };
  return {
    schemaVersion: 1,
    entry: 'os',
    suite: 'os',
    suiteRevision: 'a1b2c3',
    lab: 'leviathan',
    worker: 'testbot',
    rig,
    machine: 'raspberrypi5',
    slug: 'raspberrypi5',
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
        rig,
        verdict: 'passed',
        because: '1 passed',
        startedAt: '2026-07-01T11:50:00.000Z',
        durationMs: 600_000,
      },
    ],
    waivers: [],
    startedAt: '2026-07-01T11:50:00.000Z',
    finishedAt: '2026-07-01T12:00:00.000Z',
    durationMs: 600_000,
    ...change,
  };
}

export function testResult(
  name: string,
  outcome: TestResult['outcome'] = 'passed',
  change: Partial<TestResult> = {},
): TestResult {
  return {
    name,
    outcome,
    because: outcome === 'passed' ? null : `${outcome} it`,
    durationMs: 1000,
    ...change,
  };
}
