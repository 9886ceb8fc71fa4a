import {
  answerOf,
  isBadRequest,
  isNetworkFailure,
  isNotSupported,
  isPreconditionFailed,
} from './s3-errors.ts';

/** How a store took a request that it should refuse, or may not know. */
export type Verdict = 'taken' | 'precondition' | 'bad-request' | 'unknown-feature';

const EXPECTED_STATUS = new Set([304, 400, 404, 405, 409, 412, 501]);

/** Whether the error says something about what the store can do, and not that it is down or refuses us. */
export function isVerdict(error: unknown): boolean {
  const { status, code } = answerOf(error);
  if (isNetworkFailure(error) || NOT_ABOUT_FEATURES.has(code)) return false;
  return status !== null && EXPECTED_STATUS.has(status);
}

// These come with status 400 or 404, and are for the user to repair.
const NOT_ABOUT_FEATURES = new Set([
  'NoSuchBucket',
  'AccessControlListNotSupported',
  'InvalidBucketAclWithObjectOwnership',
  'AuthorizationHeaderMalformed',
  'ExpiredToken',
  'InvalidToken',
]);

/**
 * Sends a request to see how it is taken.
 *
 * @throws what is no verdict: refused access, a store that is down
 */
export async function verdictOf(sent: Promise<unknown>): Promise<Verdict> {
  try {
    await sent;
    return 'taken';
  } catch (error) {
    if (isPreconditionFailed(error)) return 'precondition';
    if (isNotSupported(error)) return 'unknown-feature';
    if (isBadRequest(error)) return 'bad-request';
    if (isVerdict(error)) return 'unknown-feature';
    throw error;
  }
}
