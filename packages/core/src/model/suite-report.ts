import type { TestVerdict } from './test-verdict.ts';

/** `waived`: it failed, and a waiver that has not expired covers it. */
export type TestOutcome = 'passed' | 'failed' | 'skipped' | 'waived';

export interface TestResult {
  /** Titles from the outermost group inwards, joined with ` > `. */
  readonly name: string;
  readonly outcome: TestOutcome;
  /** Reason of a skip, message of a failure. */
  readonly because: string | null;
  readonly durationMs: number | null;
}

/** Where a suite ran. */
export interface Rig {
  /** Names one rig among all: its address or uuid. */
  readonly id: string;
  /** `testbot`, `qemu`, `local`. */
  readonly kind: string;
  /** For people, where it has a name of its own. */
  readonly name: string | null;
}

/** A file of the release as the lab handed it to the rig. */
export interface GivenFile {
  /** Its name in the release manifest: `image/balena.img`. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Lower-case hex, of the bytes before any compression for transport. */
  readonly sha256: string;
}

export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly waived: number;
}

/** One try of a suite; more than one only after rig or infrastructure failures. */
export interface SuiteAttempt {
  readonly rig: Rig | null;
  readonly verdict: TestVerdict;
  readonly because: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
}

export interface UsedWaiver {
  readonly test: string;
  readonly tracker: string;
  readonly owner: string;
  /** Last day it holds, `YYYY-MM-DD`. */
  readonly expires: string;
}

/** Everything known about one finished suite: the JSON summary, the source of JUnit and of the history. */
export interface SuiteReport {
  readonly schemaVersion: 1;
  readonly entry: string;
  readonly suite: string;
  readonly suiteRevision: string | null;
  readonly lab: string;
  readonly worker: string;
  readonly rig: Rig | null;
  readonly machine: string;
  readonly slug: string;
  readonly version: string;
  readonly manifestSha256: string;
  readonly given: readonly GivenFile[];
  readonly verdict: TestVerdict;
  /** Name of the rule that decided. */
  readonly rule: string;
  readonly because: string;
  readonly counts: TestCounts;
  readonly tests: readonly TestResult[];
  readonly attempts: readonly SuiteAttempt[];
  readonly waivers: readonly UsedWaiver[];
  /** ISO 8601. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly durationMs: number;
}

/** Tests by outcome. */
export function countTests(tests: readonly Pick<TestResult, 'outcome'>[]): TestCounts {
  const count = (outcome: TestOutcome): number => tests.filter((test) => test.outcome === outcome).length;
  return {
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    waived: count('waived'),
  };
}
