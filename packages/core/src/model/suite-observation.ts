import type { TestResult } from './suite-report.ts';
import type { TestVerdict } from './test-verdict.ts';

/** What a TAP or JUnit report says, and why it is not to be trusted or not complete; null when nothing is wrong. */
export interface TestReport {
  readonly tests: readonly TestResult[];
  readonly defect: string | null;
  /** Why the whole suite was left out, where the report says so. */
  readonly skipReason: string | null;
  /** Text of a bail-out; null without one. */
  readonly bailOut: string | null;
  /** Lines that a person should see and that decide nothing, such as a comment `not ok!`. */
  readonly warnings: readonly string[];
}

/** How a suite came to its end, as seen from outside of it. */
export type SuiteEnding =
  /** It ended by itself and said whether it passed: a status of the core, an exit code. */
  | { readonly kind: 'reported'; readonly success: boolean; readonly exitCode: number | null }
  /** Nothing more was heard of it: connection cut, core gone. */
  | { readonly kind: 'cut'; readonly because: string }
  /** The core refused or gave up: busy, upload failed. */
  | { readonly kind: 'core-error'; readonly because: string }
  /** The rig stopped answering. */
  | { readonly kind: 'rig-lost'; readonly because: string }
  | { readonly kind: 'timed-out'; readonly afterMs: number }
  | { readonly kind: 'silent'; readonly afterMs: number }
  | { readonly kind: 'killed'; readonly signalName: string };

/**
 * When a hit decides. `configured`: a rule of osrel.yml, whenever the suite did not pass. `always`: whatever was reported.
 * `failure`: only where it explains every test that failed. `before-tests`: only while no test of the suite had begun.
 */
export type HitScope = 'configured' | 'always' | 'failure' | 'before-tests';

/** A line of the log or the message of a failure that a verdict rule knows. */
export interface LogHit {
  /** Name of the rule. */
  readonly rule: string;
  readonly line: string;
  readonly verdict: Exclude<TestVerdict, 'passed'>;
  readonly because: string;
  readonly scope: HitScope;
  /** Names of failed tests whose own message the rule knows. */
  readonly explains: readonly string[];
}

/** Leviathan's own summary, as far as it is used to be compared (it can be wrong: leviathan 4.2). */
export interface LabSummary {
  readonly ran: number;
  readonly tests: Readonly<Record<string, string>>;
}

/** Everything a verdict is made from. */
export interface SuiteObservation {
  readonly ending: SuiteEnding;
  readonly report: TestReport;
  readonly hits: readonly LogHit[];
  /** Null where the lab has none or it could not be read. */
  readonly summary: LabSummary | null;
  /** Why the summary could not be read; null when it could, or there is none. */
  readonly summaryDefect: string | null;
}
