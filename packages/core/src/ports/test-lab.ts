import type { TestVerdict } from '../model/evidence.ts';

export interface TestResult {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** Reason of a skip, message of a failure. */
  readonly because: string | null;
  readonly durationMs: number | null;
}

export interface SuiteResult {
  readonly verdict: TestVerdict;
  readonly tests: readonly TestResult[];
  readonly because: string;
}

export interface SuiteRequest {
  readonly id: string;
  readonly suite: string;
  readonly lab: string;
  readonly command: readonly string[];
  readonly results: 'tap' | 'junit';
  readonly deployDirectory: string;
  readonly image: string;
  readonly machine: string;
  readonly slug: string;
  readonly version: string;
  readonly timeoutMs: number;
}

export interface SuiteObserver {
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}

/** Runs one suite against the built bytes and says what was seen; a failing product is an answer, not an exception. */
export interface TestLab {
  /** Labs that `runSuite` can drive. */
  readonly labs: readonly string[];
  runSuite(request: SuiteRequest, observer: SuiteObserver): Promise<SuiteResult>;
}
