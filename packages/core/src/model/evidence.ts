export type TestVerdict = 'passed' | 'failed' | 'nothing-tested' | 'rig-failure';

/** What one suite saw, bound to the bytes it saw it on. */
export interface TestReceipt {
  readonly schemaVersion: 1;
  /** The plan that asked for it. */
  readonly planId: string;
  readonly suite: string;
  readonly lab: string;
  readonly slug: string;
  readonly version: string;
  readonly sourceSha: string;
  /** Digest of the release manifest under test, lower-case hex sha256. */
  readonly manifestSha256: string;
  readonly verdict: TestVerdict;
  readonly counts: { readonly passed: number; readonly failed: number; readonly skipped: number };
  /** ISO 8601. */
  readonly finishedAt: string;
}
