import type { SuiteReport } from '../model/suite-report.ts';

/** One test on one device type over its recorded runs. */
export interface TestRecord {
  readonly slug: string;
  readonly suite: string;
  /** Null: the suite as a whole, which alone can be retried. */
  readonly test: string | null;
  readonly runs: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly waived: number;
  /** Attempts beyond the first; of suites only. */
  readonly retried: number;
  readonly medianMs: number | null;
  /** ISO 8601; null: it never failed. */
  readonly lastFailedAt: string | null;
  readonly lastFailure: string | null;
  /** Outcomes of the latest runs, newest first, at most 20. */
  readonly latest: readonly string[];
}

export interface HistoryQuestion {
  readonly slug: string | null;
  readonly suite: string | null;
  /** ISO 8601; null: everything. */
  readonly since: string | null;
}

/** What suites and tests did on this machine before. */
export interface TestHistory {
  /** Keeps a report; the same report again changes nothing. */
  record(report: SuiteReport): Promise<void>;
  /** Those that failed most first. */
  list(question: HistoryQuestion): Promise<readonly TestRecord[]>;
  /** Median duration of a suite that ran to its end, milliseconds; null: never ran. */
  expectedMs(question: { readonly slug: string; readonly suite: string }): Promise<number | null>;
}
