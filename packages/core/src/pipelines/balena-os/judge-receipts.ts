import type { RejectedReceipt, TestReceipt } from '../../model/evidence.ts';
import type { UsedWaiver } from '../../model/suite-report.ts';
import { mayBeRetried } from '../../model/test-verdict.ts';
import { isTooOld, tellAge } from './evidence-age.ts';
import type { EvidenceCase, EvidenceVerdict, TestEntry } from './judge-evidence.ts';

/** `decides`: nothing else is asked. Else the verdict says what the receipts lack. */
export interface ReceiptVerdict extends EvidenceVerdict {
  readonly decides: boolean;
}

/** As many of a list as a sentence bears. */
const MOST_TOLD = 3;

/**
 * What the receipts of an entry prove about the bytes being finalized. The newest that says something about them counts:
 * a failure of rig or infrastructure says nothing. Undefined: there is no receipt that is worth a word.
 */
export function judgeReceipts(entry: TestEntry, question: EvidenceCase): ReceiptVerdict | undefined {
  const { evidence, manifestSha256 } = question;
  const own = evidence.receipts.filter((receipt) => receipt.entry === entry.id);
  const onBytes = own.filter((receipt) => receipt.manifestSha256 === manifestSha256);
  const telling = onBytes.find((receipt) => !mayBeRetried(receipt.verdict));
  const told = telling === undefined ? undefined : judgeReceipt(entry.suite, telling, question);
  if (told !== undefined && told.kind !== 'stale') return { ...told, decides: true };
  const rejected = evidence.rejected?.filter((each) => each.entry === null || each.entry === entry.id) ?? [];
  const altered = rejected.filter(({ defect }) => defect === 'altered');
  if (altered.length > 0) return { kind: 'forged', because: tellRejected(altered), decides: true };
  const rest = told ?? judgeRest({ onBytes, own, rejected }, manifestSha256);
  return rest === undefined ? undefined : { ...rest, decides: false };
}

function judgeReceipt(suite: string, receipt: TestReceipt, { policy, now }: EvidenceCase): EvidenceVerdict {
  const { counts, finishedAt, verdict, waivers } = receipt;
  const because = `${verdict} on these very bytes (${tellCounts(receipt)})`;
  if (verdict !== 'passed' || counts.failed > 0) return { kind: 'failed', because };
  const expired = waivers.filter((waiver) => waiver.expires < now.slice(0, 10));
  if (expired.length > 0) {
    const names = expired.map((waiver) => `${nameWaiver(waiver)} expired on ${waiver.expires}`);
    return { kind: 'failed', because: `${because}, but only by a waiver that is over: ${some(names)}` };
  }
  // What a waiver covers holds nothing up; but a suite in which nothing at all passed has tested nothing.
  const minimum = Math.max(1, policy.minimum[suite] ?? 1);
  if (counts.passed < 1 || counts.passed + counts.waived < minimum)
    return { kind: 'too-few', because: `${because}, and ${minimum} must have passed` };
  if (isTooOld(finishedAt, { policy, now }))
    return { kind: 'stale', because: `${because}, but ${tellAge(finishedAt, { policy, now })}` };
  return { kind: 'passed', because };
}

/** Nothing tells about these bytes: what there is instead, for people. */
function judgeRest(
  {
    onBytes,
    own,
    rejected,
  }: {
    readonly onBytes: readonly TestReceipt[];
    readonly own: readonly TestReceipt[];
    readonly rejected: readonly RejectedReceipt[];
  },
  manifestSha256: string | null,
): EvidenceVerdict | undefined {
  const unknown = rejected.filter(({ defect }) => defect !== 'malformed');
  if (unknown.length > 0) return { kind: 'untrusted', because: tellRejected(unknown) };
  if (rejected.length > 0) return { kind: 'missing', because: tellRejected(rejected) };
  const [broken] = onBytes;
  if (broken !== undefined) {
    const because = `${broken.verdict} on these very bytes, which proves nothing (${broken.because})`;
    return { kind: 'missing', because };
  }
  const [other] = own;
  // As long as nothing is built, any bytes are other ones.
  if (other === undefined || manifestSha256 === null) return undefined;
  const because = `${other.verdict}, but on other bytes: manifest ${short(other.manifestSha256)}, these are ${short(manifestSha256)}`;
  return { kind: 'other-bytes', because };
}

function tellCounts({ counts, waivers }: TestReceipt): string {
  const { passed, failed, waived } = counts;
  const covered = waived === 0 ? '' : `, ${waived} waived: ${some(waivers.map(nameWaiver))}`;
  return `${passed} passed, ${failed} failed${covered}`;
}

function nameWaiver({ test, tracker, owner }: UsedWaiver): string {
  return `"${test}" (${tracker}, ${owner})`;
}

function tellRejected(rejected: readonly RejectedReceipt[]): string {
  return some(rejected.map(({ name, because }) => `receipt ${name} does not count: ${because}`));
}

function some(texts: readonly string[]): string {
  const more = texts.length - MOST_TOLD;
  return `${texts.slice(0, MOST_TOLD).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function short(digest: string): string {
  return digest.slice(0, 9);
}
