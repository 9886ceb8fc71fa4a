import type { LogHit, SuiteObservation } from './suite-observation.ts';
import type { TestCounts, TestResult } from './suite-report.ts';
import type { TestVerdict } from './test-verdict.ts';

/** An observation with what every rule asks of it. */
export interface ObservedSuite extends SuiteObservation {
  readonly counts: TestCounts;
  readonly failed: readonly TestResult[];
  /** Whether a test of the suite ran; its setup fails under the name of the suite itself. */
  readonly hasBegun: boolean;
  /** Reported success, whole report, a test passed, none failed. */
  readonly isClean: boolean;
}

/** A rule answers the reason when it applies, else undefined. The first that applies decides. */
interface JudgeRule {
  readonly name: string;
  readonly verdict: Exclude<TestVerdict, 'passed'>;
  readonly applies: (observed: ObservedSuite) => string | undefined;
}

/** A rule whose verdict a hit in the log brings along. */
interface HitRule {
  readonly decisive: (observed: ObservedSuite) => LogHit | undefined;
}

/** In the order in which they are asked; `judgeSuite` says why. */
export const JUDGE_RULES: readonly (JudgeRule | HitRule)[] = [
  { decisive: (observed) => (observed.isClean ? undefined : hitOf(observed, 'configured')) },
  {
    name: 'rig-lost',
    verdict: 'rig-failure',
    applies: ({ ending, counts }) =>
      ending.kind === 'rig-lost' ? `${ending.because}; ${describeCounts(counts)} until then` : undefined,
  },
  { decisive: missingPackage },
  { decisive: (observed) => hitOf(observed, 'always') },
  {
    name: 'unresolved-test',
    verdict: 'failed',
    applies: ({ summary }) =>
      summary !== null && Object.hasOwn(summary.tests, 'undefined')
        ? 'a test that the suite lists could not be loaded: the summary has a test without a name'
        : undefined,
  },
  { decisive: explanation },
  {
    name: 'failed-setup',
    verdict: 'failed',
    applies: (observed) => {
      const [only, ...others] = observed.failed;
      if (only === undefined || others.length > 0 || observed.hasBegun || isCommand(observed))
        return undefined;
      return `it failed before its first test: ${describeFailure(only)}`;
    },
  },
  {
    name: 'failed-test',
    verdict: 'failed',
    applies: ({ failed, counts }) =>
      failed[0] === undefined ? undefined : `${describeCounts(counts)}; first: ${describeFailure(failed[0])}`,
  },
  {
    name: 'bailed-out',
    verdict: 'failed',
    applies: ({ report, counts }) =>
      report.bailOut === null
        ? undefined
        : `the suite bailed out${said(report.bailOut)} (${describeCounts(counts)})`,
  },
  {
    name: 'core-error',
    verdict: 'infrastructure',
    applies: ({ ending }) => (ending.kind === 'core-error' ? ending.because : undefined),
  },
  {
    name: 'connection-cut',
    verdict: 'infrastructure',
    applies: ({ ending, counts }) =>
      ending.kind === 'cut' ? `${ending.because}; ${describeCounts(counts)} until then` : undefined,
  },
  {
    name: 'timed-out',
    verdict: 'rig-failure',
    applies: ({ ending, counts }) =>
      ending.kind === 'timed-out'
        ? `it did not end within ${ending.afterMs / 1000} s; ${describeCounts(counts)} until then`
        : undefined,
  },
  {
    name: 'silent',
    verdict: 'rig-failure',
    applies: ({ ending, counts }) =>
      ending.kind === 'silent'
        ? `it printed nothing for ${ending.afterMs / 1000} s; ${describeCounts(counts)} until then`
        : undefined,
  },
  {
    name: 'killed',
    verdict: 'rig-failure',
    applies: ({ ending, counts }) =>
      ending.kind === 'killed'
        ? `it was killed by ${ending.signalName} after ${describeCounts(counts)}`
        : undefined,
  },
  {
    name: 'broken-report',
    verdict: 'failed',
    applies: (observed) => (isCommand(observed) ? brokenReport(observed) : undefined),
  },
  { name: 'incomplete-report', verdict: 'infrastructure', applies: brokenReport },
  {
    // It decides nothing, but a core that cannot hand over a whole file has not handed over all that happened.
    name: 'broken-summary',
    verdict: 'infrastructure',
    applies: ({ summaryDefect, counts }) =>
      summaryDefect === null
        ? undefined
        : `the summary of the lab came broken: ${summaryDefect} (${describeCounts(counts)} by its log)`,
  },
  {
    name: 'no-report',
    verdict: 'infrastructure',
    applies: (observed) =>
      observed.report.tests.length === 0 && saysFailure(observed) && !isCommand(observed)
        ? 'the suite ended badly before it reported a test'
        : undefined,
  },
  { name: 'no-base-release', verdict: 'nothing-tested', applies: noBaseRelease },
  { name: 'nothing-tested', verdict: 'nothing-tested', applies: nothingTested },
  {
    name: 'bad-exit-code',
    verdict: 'failed',
    applies: (observed) =>
      isCommand(observed) && saysFailure(observed)
        ? `${describeCounts(observed.counts)}, but its exit code is ${observed.ending.exitCode}`
        : undefined,
  },
  {
    name: 'failed-without-failure',
    verdict: 'infrastructure',
    applies: (observed) => (saysFailure(observed) ? failureWithoutFailure(observed) : undefined),
  },
];

type SuiteOfCommand = ObservedSuite & {
  readonly ending: { readonly kind: 'reported'; readonly success: boolean; readonly exitCode: number };
};

function isCommand(observed: ObservedSuite): observed is SuiteOfCommand {
  return observed.ending.kind === 'reported' && observed.ending.exitCode !== null;
}

function saysFailure({ ending }: ObservedSuite): boolean {
  return ending.kind === 'reported' && !ending.success;
}

function hitOf({ hits }: ObservedSuite, scope: LogHit['scope']): LogHit | undefined {
  return hits.find((hit) => hit.scope === scope);
}

/** A test file that needs a package cannot be loaded without it: not the test is missing. */
function missingPackage({ hits }: ObservedSuite): LogHit | undefined {
  const unresolved = hits.some((hit) => hit.rule === 'unresolved-test');
  return unresolved ? hits.find((hit) => hit.rule === 'missing-package') : undefined;
}

/** A built-in rule that knows the message of every failed test; where none failed, one that explains a bad end. */
function explanation(observed: ObservedSuite): LogHit | undefined {
  const { hits, failed, hasBegun } = observed;
  const usable = hits.filter((hit) => hit.scope === 'failure' || (hit.scope === 'before-tests' && !hasBegun));
  if (failed.length === 0) return saysFailure(observed) && !hasBegun ? usable[0] : undefined;
  const explained = new Set(usable.flatMap((hit) => hit.explains));
  if (!failed.every((test) => explained.has(test.name))) return undefined;
  return usable.find((hit) => hit.explains.length > 0);
}

function brokenReport({ report, counts }: ObservedSuite): string | undefined {
  return report.defect === null ? undefined : `${report.defect} (${describeCounts(counts)})`;
}

/** The groups that hup marks as not to be run when the device type has no release at all (leviathan 5.4). */
const HUP_GROUPS = ['Rollback tests', 'Smoke tests'];

function noBaseRelease({ report, counts }: ObservedSuite): string | undefined {
  if (counts.passed > 0) return undefined;
  const groups = report.tests.map((test) => test.name.split(' > ')[1]);
  return HUP_GROUPS.every((group) => groups.includes(group))
    ? 'hup left out both of its groups, as it does for a device type without any published release'
    : undefined;
}

function nothingTested({ report, ending, counts }: ObservedSuite): string | undefined {
  if (report.tests.length === 0) {
    if (report.skipReason !== null) return `the whole suite was skipped: ${report.skipReason}`;
    const bad = ending.kind === 'reported' && !ending.success && ending.exitCode !== null;
    return bad
      ? `it ended with exit code ${ending.exitCode} before it reported a test`
      : 'it reported no test';
  }
  return counts.passed === 0 ? `all ${report.tests.length} tests were skipped` : undefined;
}

function failureWithoutFailure({ counts, hits }: ObservedSuite): string {
  const line = hits.find((hit) => hit.rule === 'suite-did-not-start')?.line;
  return `${describeCounts(counts)}, but the suite ended badly${line === undefined ? '' : `: ${line}`}`;
}

/** `3 passed, 1 failed, 2 skipped`. */
export function describeCounts(counts: TestCounts): string {
  return [
    `${counts.passed} passed`,
    ...(counts.failed > 0 ? [`${counts.failed} failed`] : []),
    ...(counts.skipped > 0 ? [`${counts.skipped} skipped`] : []),
  ].join(', ');
}

function describeFailure(failure: TestResult): string {
  return failure.because === null ? failure.name : `${failure.name}: ${failure.because}`;
}

function said(text: string): string {
  return text === '' ? '' : `: ${text}`;
}
