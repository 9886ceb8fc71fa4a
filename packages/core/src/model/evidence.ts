import type { GivenFile, Rig, SuiteAttempt, TestCounts, UsedWaiver } from './suite-report.ts';
import type { TestVerdict } from './test-verdict.ts';

/** What one suite saw, bound to the bytes it saw it on. Stored as a signed in-toto statement (`receipt-envelope.ts`). */
export interface TestReceipt {
  readonly schemaVersion: 2;
  /** The plan that asked for it. */
  readonly planId: string;
  /** Id of the test matrix entry: `os`, `os-qemu`. */
  readonly entry: string;
  /** Name of the suite: `os`. */
  readonly suite: string;
  /** Commit or digest that names the suite's own files; null where the lab cannot tell. */
  readonly suiteRevision: string | null;
  readonly lab: string;
  /** Null when no rig was ever reached. */
  readonly rig: Rig | null;
  readonly slug: string;
  readonly version: string;
  readonly sourceSha: string;
  /** Digest of the release manifest under test, lower-case hex sha256. */
  readonly manifestSha256: string;
  /** The files that the lab really handed over, digested while it did so. */
  readonly given: readonly GivenFile[];
  readonly verdict: TestVerdict;
  readonly because: string;
  readonly counts: TestCounts;
  readonly attempts: readonly SuiteAttempt[];
  readonly waivers: readonly UsedWaiver[];
  /** ISO 8601. */
  readonly finishedAt: string;
}

/** A stored receipt that is no evidence, and why: forged, altered, signed by a key nobody trusts, unsigned. */
export interface RejectedReceipt {
  /** Name it is stored under. */
  readonly name: string;
  /** Entry it claims to be about; null where that cannot be read. */
  readonly entry: string | null;
  readonly defect: 'malformed' | 'altered' | 'untrusted-key' | 'unsigned';
  readonly because: string;
}
