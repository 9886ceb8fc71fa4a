import type { TestsConfig } from '../../config/config.ts';
import type { ForceRequest } from '../../model/trigger.ts';
import type { CheckRun } from '../../ports/code-host.ts';
import type { EvidenceFacts } from './facts.ts';

/** What is known about the required suites of the commit being released. */
export type EvidenceVerdict =
  | { readonly kind: 'passed'; readonly because: string }
  | { readonly kind: 'failed'; readonly because: string }
  | { readonly kind: 'pending'; readonly because: string }
  | { readonly kind: 'missing'; readonly because: string };

export type Finalization =
  | {
      readonly outcome: 'final';
      readonly because: string;
      /** What is kept on the release once it is final: the evidence, said of the past. */
      readonly record: string;
      readonly forced: ForceRequest | null;
      readonly origin: string;
    }
  | { readonly outcome: 'draft'; readonly because: string; readonly change: string; readonly origin: string };

export interface FinalizationQuestion {
  readonly tests: TestsConfig;
  readonly evidence: EvidenceFacts;
  /** Digest of the manifest of the bytes being finalized; null while they are not built. */
  readonly manifestSha256: string | null;
  readonly force: ForceRequest | null;
  /** Whether the plan runs the required suites itself before it finalizes. */
  readonly testsRunFirst: boolean;
}

const FORCE_HINT = 'finalize all the same: osrel finalize --force-finalize --reason TEXT';

/**
 * Whether a release becomes final (balena-workflow 3.9, 7.1, W12-W14): the required suites passed on the merged pull
 * request, on the commit itself or on these very bytes; or a person forces it, and the reason is kept.
 */
export function decideFinalization(question: FinalizationQuestion): Finalization {
  const { force, tests } = question;
  if (force !== null) {
    return {
      outcome: 'final',
      because: `forced: ${force.reason}`,
      record: force.reason,
      forced: force,
      origin: 'flag',
    };
  }
  if (!tests.finalizeWhenPassed) {
    return {
      outcome: 'draft',
      because: 'automatic finalization is switched off',
      change: FORCE_HINT,
      origin: 'osrel.yml: tests.finalize-when-passed',
    };
  }
  if (question.testsRunFirst) {
    const because = `the required suites (${tests.required.join(', ')}) run on these very bytes first`;
    // It is only written down once they have passed: finalization waits for them.
    const record = `the required suites (${tests.required.join(', ')}) passed on these very bytes`;
    return { outcome: 'final', because, record, forced: null, origin: 'default' };
  }
  const verdict = judgeEvidence(question);
  if (verdict.kind === 'passed')
    return {
      outcome: 'final',
      because: verdict.because,
      record: verdict.because,
      forced: null,
      origin: 'default',
    };
  return { outcome: 'draft', because: verdict.because, change: FORCE_HINT, origin: 'default' };
}

/** Judges every required suite; one that did not succeed decides, the worst first: failed, pending, missing. */
export function judgeEvidence(
  question: Pick<FinalizationQuestion, 'tests' | 'evidence' | 'manifestSha256'>,
): EvidenceVerdict {
  const { tests, evidence } = question;
  if (tests.required.length === 0) {
    return {
      kind: 'missing',
      because: 'no suite is required by tests.required, so nothing can prove this release',
    };
  }
  const suites = tests.required.map((suite) => judgeSuite(suite, question));
  for (const kind of ['failed', 'pending', 'missing'] as const) {
    const worst = suites.filter((each) => each.kind === kind);
    if (worst.length > 0)
      return { kind, because: `${worst.map((each) => each.because).join('; ')}${whereFrom(evidence)}` };
  }
  return {
    kind: 'passed',
    because: `${suites.map((each) => each.because).join('; ')}${whereFrom(evidence)}`,
  };
}

function judgeSuite(
  suite: string,
  question: Pick<FinalizationQuestion, 'tests' | 'evidence' | 'manifestSha256'>,
): EvidenceVerdict {
  const { evidence, manifestSha256 } = question;
  const entries = entriesOf(suite, question.tests);
  const onBytes =
    manifestSha256 === null
      ? []
      : evidence.receipts.filter((receipt) => receipt.manifestSha256 === manifestSha256);
  const verdicts = entries.map((entry): EvidenceVerdict => {
    const receipt = onBytes.find((each) => each.suite === entry);
    if (receipt !== undefined) {
      const because = `${entry}: ${receipt.verdict} on these very bytes (${receipt.counts.passed} passed, ${receipt.counts.failed} failed)`;
      return { kind: receipt.verdict === 'passed' ? 'passed' : 'failed', because };
    }
    return judgeChecks(entry, evidence.checks);
  });
  return (
    verdicts.find((each) => each.kind !== 'passed') ??
    verdicts[0] ?? { kind: 'missing', because: `${suite}: no run was found` }
  );
}

/**
 * The same suite may have run on the pull request and on the commit itself. One failure is never outvoted; a success is
 * enough where the other one has not ended, or ended as nothing.
 */
function judgeChecks(entry: string, checks: readonly CheckRun[]): EvidenceVerdict {
  const verdicts = checks.filter((each) => each.name === entry).map((check) => judgeCheck(entry, check));
  const ranking = ['failed', 'passed', 'pending', 'missing'] as const;
  const [decisive] = ranking.flatMap((kind) => verdicts.filter((verdict) => verdict.kind === kind));
  return decisive ?? { kind: 'missing', because: `${entry}: no run was found` };
}

/** Only `success` counts: a cancelled, skipped or timed-out run proves nothing (W13). */
function judgeCheck(entry: string, check: CheckRun): EvidenceVerdict {
  if (check.status !== 'completed') return { kind: 'pending', because: `${entry}: still ${check.status}` };
  if (check.conclusion === 'success') return { kind: 'passed', because: `${entry}: success` };
  if (check.conclusion === 'failure' || check.conclusion === 'timed-out') {
    return {
      kind: 'failed',
      because: `${entry}: ${check.conclusion}${check.summary === '' ? '' : ` (${check.summary})`}`,
    };
  }
  return {
    kind: 'missing',
    because: `${entry}: ended as ${check.conclusion ?? 'nothing'}, which proves nothing`,
  };
}

/** A required suite may stand for several matrix entries (secure boot, other images): all of them must have passed. */
function entriesOf(suite: string, tests: TestsConfig): readonly string[] {
  return listTestEntries(tests)
    .filter((entry) => entry.suite === suite)
    .map((entry) => entry.id);
}

/** What a code host is asked about: every entry of the matrix, and required suites that no entry runs. */
export function listTestEntries(
  tests: Pick<TestsConfig, 'matrix' | 'required'>,
): readonly { readonly id: string; readonly suite: string }[] {
  const entries = tests.matrix.map(({ id, suite }) => ({ id, suite }));
  const others = tests.required.filter((suite) => !entries.some((entry) => entry.suite === suite));
  return [...entries, ...others.map((suite) => ({ id: suite, suite }))];
}

function whereFrom(evidence: EvidenceFacts): string {
  if (evidence.pullRequest !== null) return ` (pull request #${evidence.pullRequest.number})`;
  return evidence.checks.length > 0 || evidence.receipts.length > 0
    ? ''
    : ' (no pull request and no test run is known for this commit)';
}
