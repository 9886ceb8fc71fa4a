import { type OsrelError, refused, testsFailed } from '../../errors/osrel-error.ts';
import type { Finalization } from './finalization.ts';

/**
 * Why `osrel finalize` leaves a draft, as the error it ends with: what the proof lacks has a code of its own. Failed
 * and missing tests are kind tests, as everywhere; a proof that must not count is refused.
 */
export function evidenceRefusal(
  { lacks, because, change: hint }: Extract<Finalization, { outcome: 'draft' }>,
  { what, trace }: { readonly what: string; readonly trace: readonly string[] },
): OsrelError {
  const options = { hint, details: { trace } };
  switch (lacks) {
    case 'failed':
      return testsFailed('evidence.failed', `${what} stays a draft: ${because}`, options);
    case 'forged':
      return refused('evidence.forged', `${what} stays a draft: ${because}`, options);
    case 'pending':
      return refused('evidence.pending', `${what} stays a draft: ${because}`, options);
    case 'untrusted':
      return refused('evidence.untrusted', `${what} stays a draft: ${because}`, options);
    case 'too-few':
      return refused('evidence.too-few', `${what} stays a draft: ${because}`, options);
    case 'stale':
      return refused('evidence.stale', `${what} stays a draft: ${because}`, options);
    case 'other-bytes':
      return refused('evidence.other-bytes', `${what} stays a draft: ${because}`, options);
    default:
      return testsFailed('evidence.missing', `${what} stays a draft: ${because}`, options);
  }
}
