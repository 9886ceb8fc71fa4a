import type { EvidencePolicy, TestsConfig } from '../../config/tests-config.ts';
import type { EvidenceFacts } from './facts.ts';
import { judgeChecks } from './judge-checks.ts';
import { judgeReceipts } from './judge-receipts.ts';

/**
 * Why bytes are proven, or what the proof lacks. `forged`: a receipt was altered after it was signed. `untrusted`: there
 * are receipts, and nobody known signed them. `other-bytes`: the suite ran on other bytes. `stale`: too long ago.
 * `too-few`: fewer tests passed than asked for, or nobody counted them.
 */
export const EVIDENCE_KINDS = [
  'passed',
  'failed',
  'forged',
  'pending',
  'untrusted',
  'too-few',
  'stale',
  'other-bytes',
  'missing',
] as const;
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number];

/** What is known about the required suites of the commit being released. */
export interface EvidenceVerdict {
  readonly kind: EvidenceKind;
  readonly because: string;
}

export interface EvidenceCase {
  readonly tests: Pick<TestsConfig, 'matrix'>;
  readonly policy: EvidencePolicy;
  readonly evidence: EvidenceFacts;
  /** Digest of the manifest of the bytes being finalized; null while they are not built. */
  readonly manifestSha256: string | null;
  /** ISO 8601: what age is told from. */
  readonly now: string;
}

/** An entry of the test matrix, or a required suite that no entry runs. */
export interface TestEntry {
  readonly id: string;
  readonly suite: string;
}

/**
 * Judges every required suite; what is not proven decides, the worst first: failed, forged, pending, then what proof
 * there is and why it does not count, and last what nobody tested.
 */
export function judgeEvidence(question: EvidenceCase): EvidenceVerdict {
  const { policy, evidence } = question;
  if (policy.required.length === 0) {
    return {
      kind: 'missing',
      because: 'no suite is required by tests.required, so nothing can prove this release',
    };
  }
  const suites = policy.required.map((suite) => judgeSuite(suite, question));
  const kind = EVIDENCE_KINDS.find(
    (each) => each !== 'passed' && suites.some((suite) => suite.kind === each),
  );
  const told = suites.filter((suite) => suite.kind === (kind ?? 'passed'));
  return {
    kind: kind ?? 'passed',
    because: `${told.map(({ because }) => because).join('; ')}${whereFrom(evidence)}`,
  };
}

/** A required suite may stand for several matrix entries (secure boot, other images): all of them must have passed. */
function judgeSuite(suite: string, question: EvidenceCase): EvidenceVerdict {
  const { tests, policy } = question;
  const entries = listTestEntries({ matrix: tests.matrix, required: policy.required });
  const verdicts = entries
    .filter((entry) => entry.suite === suite)
    .map((entry) => judgeEntry(entry, question));
  const worst = EVIDENCE_KINDS.filter((kind) => kind !== 'passed').flatMap((kind) =>
    verdicts.filter((verdict) => verdict.kind === kind),
  );
  if (worst[0] !== undefined) return worst[0];
  return { kind: 'passed', because: verdicts.map(({ because }) => because).join('; ') };
}

/**
 * What these very bytes did decides. Where no receipt tells, the checks of the code host do (balena-workflow 7.1), but
 * never beside a receipt that somebody altered: it may have told of a failure.
 */
function judgeEntry(entry: TestEntry, question: EvidenceCase): EvidenceVerdict {
  const receipts = judgeReceipts(entry, question);
  const checks = receipts?.decides === true ? undefined : judgeChecks(entry, question);
  const isEnough = checks !== undefined && ENOUGH.includes(checks.kind);
  const found = isEnough ? [checks] : [receipts, checks].filter((verdict) => verdict !== undefined);
  return {
    kind: EVIDENCE_KINDS.find((kind) => found.some((verdict) => verdict.kind === kind)) ?? 'missing',
    because: `${entry.id}: ${found.map(({ because }) => because).join('; ') || 'no run was found'}`,
  };
}

/** A code host that says one of these is not contradicted by a receipt about something else. */
const ENOUGH: readonly EvidenceKind[] = ['passed', 'failed', 'pending'];

/** What a code host is asked about: every entry of the matrix, and required suites that no entry runs. */
export function listTestEntries({
  matrix,
  required,
}: Pick<TestsConfig, 'matrix' | 'required'>): readonly TestEntry[] {
  const entries = matrix.map(({ id, suite }) => ({ id, suite }));
  const others = required.filter((suite) => !entries.some((entry) => entry.suite === suite));
  return [...entries, ...others.map((suite) => ({ id: suite, suite }))];
}

function whereFrom({ pullRequest, checks, receipts, rejected = [] }: EvidenceFacts): string {
  if (pullRequest !== null) return ` (pull request #${pullRequest.number})`;
  return checks.length + receipts.length + rejected.length > 0
    ? ''
    : ' (no pull request and no test run is known for this commit)';
}
