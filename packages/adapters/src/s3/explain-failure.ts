import {
  asOsrelError,
  badConfig,
  integrityBroken,
  notPermitted,
  type OsrelError,
  upstreamFailed,
} from '@osrel/core';
import { answerOf, isFull, isNetworkFailure, isTransient, UnreadableReply } from './s3-errors.ts';

export interface FailedRequest {
  /** The permission it needs, as a policy says it: `s3:PutObject`. */
  readonly action: string;
  readonly bucket: string;
  /** Null where the whole bucket was meant. */
  readonly key: string | null;
  /** Address of the server; null before the first request went out. */
  readonly server: string | null;
}

const CREDENTIALS =
  'credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, AWS_WEB_IDENTITY_TOKEN_FILE, ' +
  'or the role of the machine';
const REFUSED_CREDENTIALS = new Set([
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'InvalidToken',
  'InvalidClientTokenId',
]);
const EXPIRED_CREDENTIALS = new Set(['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired']);
const REFUSED_LISTS = new Set(['AccessControlListNotSupported', 'InvalidBucketAclWithObjectOwnership']);
const WRONG_REGION = new Set([
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
]);
const BROKEN_CONTENT = new Set(['BadDigest', 'XAmzContentChecksumMismatch', 'XAmzContentSHA256Mismatch']);

/**
 * The failure of a request to the store in words a user can act on; what is a defect comes back as it is.
 * Replies are not kept as causes: their fields may quote a session token.
 */
export function explainFailure(error: unknown, request: FailedRequest): unknown {
  return (
    asOsrelError(error) ??
    explainCredentials(error, request) ??
    explainSettings(error, request) ??
    explainOutage(error, request) ??
    error
  );
}

function placeOf({ bucket, key, server }: FailedRequest): string {
  const place = key === null ? `bucket "${bucket}"` : `"${key}" in bucket "${bucket}"`;
  return server === null ? place : `${place} at ${server}`;
}

function explainCredentials(error: unknown, request: FailedRequest): OsrelError | undefined {
  const { status, code, message } = answerOf(error);
  const place = placeOf(request);
  if (code === 'CredentialsProviderError') {
    return notPermitted('store.no-credentials', `no credentials for ${place}`, { hint: CREDENTIALS });
  }
  if (code === 'RequestTimeTooSkewed') {
    return notPermitted(
      'store.clock-skew',
      `the clock of this machine is not that of the server of ${place}`,
      {
        hint: 'set the clock of this machine (timedatectl set-ntp true), then run the command again',
      },
    );
  }
  if (EXPIRED_CREDENTIALS.has(code)) {
    return notPermitted('store.credentials-expired', `the credentials for ${place} have expired`, {
      hint: `get new ones (AWS_SESSION_TOKEN belongs to them), then run the command again; ${CREDENTIALS}`,
    });
  }
  if (REFUSED_CREDENTIALS.has(code)) {
    return notPermitted('store.credentials-refused', `the credentials for ${place} were refused (${code})`, {
      hint: `check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; ${CREDENTIALS}`,
    });
  }
  if ((status !== 401 && status !== 403) || isFull(error)) return undefined;
  return notPermitted(
    'store.access-denied',
    `not allowed: ${request.action} on ${place}${wordsOf(code, message)}`,
    {
      hint: `let the policy of the credentials (and of the bucket) allow ${request.action}; ${CREDENTIALS}`,
      details: { action: request.action, bucket: request.bucket, key: request.key },
    },
  );
}

function explainSettings(error: unknown, request: FailedRequest): OsrelError | undefined {
  const { status, code, message } = answerOf(error);
  const place = placeOf(request);
  if (code === 'NoSuchBucket') {
    return badConfig('store.no-bucket', `there is no bucket "${request.bucket}"${serverOf(request)}`, {
      hint: 'make the bucket, or correct store.bucket, store.region or store.endpoint in osrel.yml',
    });
  }
  if (REFUSED_LISTS.has(code)) {
    return badConfig(
      'store.acl-refused',
      `bucket "${request.bucket}" takes no access control lists (${code})`,
      {
        hint: 'set "store: {acl: none}" in osrel.yml and let the policy of the bucket say who may read',
      },
    );
  }
  if (WRONG_REGION.has(code) || status === 301) {
    return badConfig(
      'store.wrong-region',
      `bucket "${request.bucket}" is in another region${wordsOf(code, message)}`,
      {
        hint: 'set store.region in osrel.yml (or AWS_REGION) to the region of the bucket',
      },
    );
  }
  if (code.startsWith('KMS.')) {
    return badConfig(
      'store.encryption-key',
      `${place}: the encryption key cannot be used${wordsOf(code, message)}`,
      {
        hint: 'check store.kms-key in osrel.yml, and that the credentials may use kms:GenerateDataKey and kms:Decrypt',
      },
    );
  }
  return undefined;
}

function explainOutage(error: unknown, request: FailedRequest): OsrelError | undefined {
  const { status, code, message } = answerOf(error);
  const place = placeOf(request);
  if (isFull(error)) {
    return upstreamFailed('store.full', `no room left for ${place}${wordsOf(code, message)}`, {
      hint: 'free space in the store or raise its quota, then run the command again: it goes on where it stopped',
    });
  }
  if (BROKEN_CONTENT.has(code)) {
    return integrityBroken('store.broken-transfer', `${place} arrived broken again and again (${code})`, {
      hint: 'something between here and the store changes bytes: check proxies and network hardware',
      retryable: true,
    });
  }
  if (error instanceof UnreadableReply) {
    return upstreamFailed('store.unreadable-reply', `${request.action} on ${place}: ${error.message}`, {
      hint: 'a proxy or a sign-in page may stand in between; check store.endpoint and HTTPS_PROXY, then try again',
      retryable: true,
    });
  }
  if (isNetworkFailure(error)) {
    return upstreamFailed('store.unreachable', `${request.action} on ${place}: no answer (${code})`, {
      hint: 'check the network and store.endpoint, then run the command again: it goes on where it stopped',
      retryable: true,
    });
  }
  if (isTransient(error)) {
    return upstreamFailed('store.unavailable', `${request.action} on ${place}: ${status} ${code}`, {
      hint: 'the store is overloaded or broken; run the command again later: it goes on where it stopped',
      retryable: true,
    });
  }
  if (status === null) return undefined;
  return upstreamFailed(
    'store.refused',
    `${request.action} on ${place}: ${status}${wordsOf(code, message)}`,
    {
      hint: 'no S3 server should say that here: check store.endpoint in osrel.yml and proxies, then run the command again',
    },
  );
}

function serverOf({ server }: FailedRequest): string {
  return server === null ? '' : ` at ${server}`;
}

/** What the server said, without query strings: these may hold signatures. */
function wordsOf(code: string, message: string): string {
  const said = message.replaceAll(/\?\S+/g, '?...').replaceAll(/\s+/g, ' ').trim().slice(0, 200);
  return said === '' || said === code ? ` (${code})` : ` (${code}: ${said})`;
}
