import { describe, expect, it } from 'vitest';
import { judgeSuite } from './judge-suite.ts';
import type { LogHit, SuiteEnding, SuiteObservation, TestReport } from './suite-observation.ts';
import type { TestOutcome, TestResult } from './suite-report.ts';

const test = (name: string, outcome: TestOutcome = 'passed', because: string | null = null): TestResult => ({
  name,
  outcome,
  because,
  durationMs: null,
});
const boots = test('OS > boots');
const wifi = test('OS > wifi', 'failed', 'no link');
const skipped = test('OS > tpm', 'skipped', 'todo');

const SUCCESS: SuiteEnding = { kind: 'reported', success: true, exitCode: null };
const FAILURE: SuiteEnding = { kind: 'reported', success: false, exitCode: null };
const CUT: SuiteEnding = { kind: 'cut', because: 'the connection to the core was cut' };
const ENDINGS: readonly SuiteEnding[] = [
  SUCCESS,
  FAILURE,
  CUT,
  { kind: 'reported', success: true, exitCode: 0 },
  { kind: 'reported', success: false, exitCode: 1 },
  { kind: 'core-error', because: 'Upload timed out' },
  { kind: 'rig-lost', because: 'ten heartbeats were lost' },
  { kind: 'timed-out', afterMs: 60_000 },
  { kind: 'silent', afterMs: 60_000 },
  { kind: 'killed', signalName: 'SIGKILL' },
];

const report = (tests: readonly TestResult[], change: Partial<TestReport> = {}): TestReport => ({
  tests,
  defect: null,
  skipReason: null,
  bailOut: null,
  warnings: [],
  ...change,
});

const hit = (change: Partial<LogHit> = {}): LogHit => ({
  rule: 'flashing-failed',
  line: 'Error flashing DUT',
  verdict: 'rig-failure',
  because: 'the rig could not flash the device',
  scope: 'failure',
  explains: [],
  ...change,
});

function judge(ending: SuiteEnding, tests: readonly TestResult[], change: Partial<SuiteObservation> = {}) {
  return judgeSuite({
    ending,
    report: report(tests),
    hits: [],
    summary: null,
    summaryDefect: null,
    ...change,
  });
}

const told = ({ verdict, rule }: ReturnType<typeof judge>): string => `${verdict} by ${rule}`;

describe('judgeSuite', () => {
  it('passes what reported success, is whole, and in which a test passed and none failed', () => {
    expect(judge(SUCCESS, [boots, skipped])).toMatchObject({
      verdict: 'passed',
      rule: 'passed',
      because: '1 passed, 1 skipped',
      isWhole: true,
    });
  });

  // What leviathan 3.5, 4.1 and 4.4 observed, and what would be green without a rule against it.
  const truncated = report([boots], { defect: 'the result of the suite itself is missing' });
  const unresolved = hit({ rule: 'unresolved-test', scope: 'always', verdict: 'failed' });
  const noName = { ran: 2, tests: { boots: 'passed', undefined: 'passed' } };
  it.each<[string, SuiteEnding, TestReport, Partial<SuiteObservation>, string]>([
    ['success with `not ok`', SUCCESS, report([boots, wifi]), {}, 'failed by failed-test'],
    ['a failing test', FAILURE, report([boots, wifi]), {}, 'failed by failed-test'],
    ['success with no TAP', SUCCESS, report([]), {}, 'nothing-tested by nothing-tested'],
    ['success with nothing but skips', SUCCESS, report([skipped]), {}, 'nothing-tested by nothing-tested'],
    ['success with TAP that breaks off', SUCCESS, truncated, {}, 'infrastructure by incomplete-report'],
    ['success with a bail-out', SUCCESS, report([boots], { bailOut: 'x' }), {}, 'failed by bailed-out'],
    [
      'success with a lost test',
      SUCCESS,
      report([boots]),
      { hits: [unresolved] },
      'failed by unresolved-test',
    ],
    [
      'a summary with a nameless test',
      SUCCESS,
      report([boots]),
      { summary: noName },
      'failed by unresolved-test',
    ],
    ['a cut connection', CUT, report([boots]), {}, 'infrastructure by connection-cut'],
    ['a cut after a failure', CUT, report([boots, wifi]), {}, 'failed by failed-test'],
    ['failure with clean TAP', FAILURE, report([boots]), {}, 'infrastructure by failed-without-failure'],
    ['failure with no TAP', FAILURE, report([]), {}, 'infrastructure by no-report'],
    ['a core that refused', ENDINGS[5] ?? CUT, report([]), {}, 'infrastructure by core-error'],
    ['a lost rig', ENDINGS[6] ?? CUT, report([boots]), {}, 'rig-failure by rig-lost'],
    ['a lost rig after failures', ENDINGS[6] ?? CUT, report([wifi]), {}, 'rig-failure by rig-lost'],
    ['no end in time', ENDINGS[7] ?? CUT, report([boots]), {}, 'rig-failure by timed-out'],
    ['silence', ENDINGS[8] ?? CUT, report([boots]), {}, 'rig-failure by silent'],
    ['a failed setup', FAILURE, report([test('OS', 'failed', 'no ssh')]), {}, 'failed by failed-setup'],
  ])('tells %s', (_what, ending, found, change, expected) => {
    expect(told(judge(ending, [], { ...change, report: found }))).toBe(expected);
  });

  it('knows hup without a published release by the groups that it leaves out', () => {
    const groups = ['Rollback tests', 'Smoke tests'].map((group) =>
      test(`Hostapp update suite > ${group} > any`, 'skipped', 'todo'),
    );
    expect(told(judge(SUCCESS, groups))).toBe('nothing-tested by no-base-release');
  });

  it('takes no success whose summary came broken', () => {
    const broken = judge(SUCCESS, [boots], { summaryDefect: 'it is truncated' });
    expect(broken).toMatchObject({
      verdict: 'infrastructure',
      rule: 'broken-summary',
      because: expect.stringContaining('truncated'),
    });
  });

  it('warns where the summary disagrees, and is never greener for it', () => {
    const summary = { ran: 0, tests: { wifi: 'passed', boots: 'failed' } };
    const verdict = judge(FAILURE, [boots, wifi], { summary });
    expect(verdict.verdict).toBe('failed');
    expect(verdict.warnings).toEqual([
      'the summary of the lab says "wifi" passed, but it failed',
      'the summary of the lab says "boots" failed, but it passed',
      'the summary of the lab says that no test ran, but 2 did',
    ]);
  });
});

describe('causes that the log names', () => {
  it('come from osrel.yml first, but never touch a suite that passed', () => {
    const own = hit({ rule: 'tests.verdicts[0]', scope: 'configured', verdict: 'infrastructure' });
    expect(told(judge(FAILURE, [boots, wifi], { hits: [own] }))).toBe('infrastructure by tests.verdicts[0]');
    expect(told(judge(SUCCESS, [boots], { hits: [own] }))).toBe('passed by passed');
  });

  it('never excuse a failed assertion that they do not explain', () => {
    expect(told(judge(FAILURE, [boots, wifi], { hits: [hit()] }))).toBe('failed by failed-test');
    const flash = test('OS > flash', 'failed', 'Error flashing DUT');
    const explaining = hit({ explains: ['OS > flash'] });
    expect(told(judge(FAILURE, [flash, wifi], { hits: [explaining] }))).toBe('failed by failed-test');
    expect(told(judge(FAILURE, [boots, flash], { hits: [explaining] }))).toBe(
      'rig-failure by flashing-failed',
    );
  });

  it('count only before the first test where the product may be to blame as well', () => {
    const early = { rule: 'device-not-found', scope: 'before-tests' } as const;
    const setup = test('OS', 'failed', 'Could not resolve a.local');
    const inSetup = hit({ ...early, explains: ['OS'] });
    expect(told(judge(FAILURE, [setup], { hits: [inSetup] }))).toBe('rig-failure by device-not-found');
    const reboot = test('OS > reboots', 'failed', 'Could not resolve a.local');
    const inTest = hit({ ...early, explains: ['OS > reboots'] });
    expect(told(judge(FAILURE, [reboot], { hits: [inTest] }))).toBe('failed by failed-test');
  });

  it('explain a suite that ended badly without any test', () => {
    const unknown = hit({ rule: 'unsupported-device-type', scope: 'before-tests', verdict: 'unsupported' });
    expect(told(judge(FAILURE, [], { hits: [unknown] }))).toBe('unsupported by unsupported-device-type');
    expect(told(judge(SUCCESS, [], { hits: [unknown] }))).toBe('nothing-tested by nothing-tested');
  });

  it('blame missing packages, not the suite, for a test that cannot be loaded without them', () => {
    const unresolved = hit({ rule: 'unresolved-test', scope: 'always', verdict: 'failed' });
    const missing = hit({ rule: 'missing-package', verdict: 'infrastructure' });
    const hits = [missing, unresolved];
    expect(told(judge(SUCCESS, [boots], { hits }))).toBe('infrastructure by missing-package');
    expect(told(judge(SUCCESS, [boots], { hits: [missing] }))).toBe('passed by passed');
  });
});

describe('whatever was observed', () => {
  const outcomes: readonly TestOutcome[] = ['passed', 'failed', 'skipped', 'waived'];
  const lists = [
    [],
    ...outcomes.map((one) => [one]),
    ...outcomes.flatMap((one) => outcomes.map((two) => [one, two])),
  ];
  const hits: readonly (readonly LogHit[])[] = [
    [],
    [hit({ scope: 'always', verdict: 'nothing-tested' })],
    [hit({ scope: 'configured', verdict: 'unsupported' })],
    [hit({ explains: ['OS > 0', 'OS > 1'] }), hit({ scope: 'before-tests' })],
  ];
  const observations = ENDINGS.flatMap((ending) =>
    lists.flatMap((list) =>
      [null, 'it breaks off'].flatMap((defect) =>
        [null, 'bail'].flatMap((bailOut) =>
          hits.map((each): SuiteObservation => {
            const tests = list.map((outcome, index) => test(`OS > ${index}`, outcome, 'said'));
            const found = report(tests, { defect, bailOut });
            return { ending, report: found, hits: each, summary: null, summaryDefect: null };
          }),
        ),
      ),
    ),
  );

  it('nothing passes without reported success, a whole report, a passed test, and none that failed', () => {
    const green = observations.filter((each) => judgeSuite(each).verdict === 'passed');
    expect(observations.length).toBeGreaterThan(3000);
    expect(green.length).toBeGreaterThan(0);
    for (const { ending, report: found } of green) {
      expect(ending).toMatchObject({ kind: 'reported', success: true });
      expect(found).toMatchObject({ defect: null, bailOut: null });
      const words = found.tests.map((each) => each.outcome);
      expect(words).toContain('passed');
      expect(words).not.toContain('failed');
    }
  });

  it('every verdict has a rule and a reason', () => {
    for (const observation of observations) {
      const { rule, because } = judgeSuite(observation);
      expect([rule, because].every((text) => text.trim() !== '')).toBe(true);
    }
  });
});
