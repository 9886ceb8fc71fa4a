import type { TestResult, UsedWaiver } from './suite-report.ts';
import type { Waiver } from './waiver.ts';

export interface WaiverQuestion {
  readonly suite: string;
  readonly slug: string;
  /** ISO 8601. */
  readonly now: string;
}

export interface WaivedTests {
  /** The same tests, with failures that a waiver covers as `waived`. */
  readonly tests: readonly TestResult[];
  readonly used: readonly UsedWaiver[];
  /** Waivers that would have covered a failure and have expired. */
  readonly expired: readonly Waiver[];
  /** Waivers, by the test they name, whose test passed. */
  readonly unneeded: readonly UsedWaiver[];
}

/**
 * Marks failures that a waiver covers. A waiver holds through its last day, UTC; after that the failure counts again.
 * Waived tests still ran, so a waiver whose test passes is told to be removed.
 */
export function applyWaivers(
  tests: readonly TestResult[],
  waivers: readonly Waiver[],
  question: WaiverQuestion,
): WaivedTests {
  const fitting = waivers.filter((waiver) => holdsFor(waiver, question));
  const today = question.now.slice(0, 10);
  const valid = fitting.filter((waiver) => waiver.expires >= today);
  const used = new Map<string, UsedWaiver>();
  const expired = new Set<Waiver>();
  const marked = tests.map((test): TestResult => {
    if (test.outcome !== 'failed') return test;
    const waiver = valid.find((each) => covers(each, test.name));
    if (waiver === undefined) {
      for (const each of fitting) if (covers(each, test.name)) expired.add(each);
      return test;
    }
    used.set(test.name, usedAs(waiver, test.name));
    const failure = test.because === null ? '' : `: ${test.because}`;
    return { ...test, outcome: 'waived', because: `${waiver.reason} (${waiver.tracker})${failure}` };
  });
  const unneeded = valid.flatMap((waiver) => {
    const covered = tests.filter((test) => covers(waiver, test.name));
    const isNeeded = covered.some((test) => test.outcome !== 'passed');
    return covered.length === 0 || isNeeded ? [] : [usedAs(waiver, waiver.test)];
  });
  return { tests: marked, used: [...used.values()], expired: [...expired], unneeded };
}

function holdsFor({ suite, deviceTypes }: Waiver, question: WaiverQuestion): boolean {
  const isSuite = suite === null || suite === question.suite;
  return isSuite && (deviceTypes.length === 0 || deviceTypes.includes(question.slug));
}

function usedAs({ tracker, owner, expires }: Waiver, test: string): UsedWaiver {
  return { test, tracker, owner, expires };
}

/** `*` stands for any text; everything else for itself. */
function covers({ test }: Waiver, name: string): boolean {
  const pattern = test
    .split('*')
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${pattern}$`, 'su').test(name);
}
