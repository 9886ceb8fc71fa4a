import type { CheckRun } from '../../ports/code-host.ts';
import { isTooOld, tellAge } from './evidence-age.ts';
import type { EvidenceCase, EvidenceVerdict, TestEntry } from './judge-evidence.ts';

/**
 * What the code host knows about an entry; undefined: nothing. The same suite may have run on the pull request and on the commit itself.
 * One failure is never outvoted; a success is enough where the other one has not ended, or ended as nothing.
 */
export function judgeChecks(entry: TestEntry, question: EvidenceCase): EvidenceVerdict | undefined {
  const verdicts = question.evidence.checks
    .filter((check) => check.name === entry.id)
    .map((check) => judgeCheck(entry, check, question));
  const ranking = ['failed', 'passed', 'pending', 'too-few', 'stale', 'missing'] as const;
  return ranking.flatMap((kind) => verdicts.filter((verdict) => verdict.kind === kind))[0];
}

/** Only `success` counts: a cancelled, skipped or timed-out run proves nothing (W13). */
function judgeCheck(entry: TestEntry, check: CheckRun, question: EvidenceCase): EvidenceVerdict {
  const { conclusion, summary } = check;
  if (check.status !== 'completed') return { kind: 'pending', because: `still ${check.status}` };
  if (conclusion === 'success') return judgeSuccess(entry, check, question);
  if (conclusion === 'failure' || conclusion === 'timed-out') {
    return { kind: 'failed', because: `${conclusion}${summary === '' ? '' : ` (${summary})`}` };
  }
  return { kind: 'missing', because: `ended as ${conclusion ?? 'nothing'}, which proves nothing` };
}

function judgeSuccess(
  { suite }: TestEntry,
  { updatedAt }: CheckRun,
  { policy, now }: EvidenceCase,
): EvidenceVerdict {
  const minimum = policy.minimum[suite] ?? 1;
  if (minimum > 1) {
    const because = `success, but a check does not count tests, and ${minimum} must have passed: only a receipt proves that`;
    return { kind: 'too-few', because };
  }
  if (isTooOld(updatedAt, { policy, now }))
    return { kind: 'stale', because: `success, but ${tellAge(updatedAt, { policy, now })}` };
  return { kind: 'passed', because: `success` };
}
