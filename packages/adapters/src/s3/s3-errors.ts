import { z } from 'zod';
import { parseRetryAfter } from '../parse-retry-after.ts';

/** A reply that no S3 server gives: a proxy's page, XML that ends in the middle. Its request may have been done. */
export class UnreadableReply extends Error {
  override readonly name = 'UnreadableReply';
}

/** What an error of the SDK says about the answer of the server; everything null where there was none. */
export interface ServerAnswer {
  readonly status: number | null;
  /** `NoSuchKey`, `SlowDown`; the name of the error where the server gave none. */
  readonly code: string;
  readonly message: string;
  /** Retry-After, in milliseconds. */
  readonly retryAfterMs: number | null;
  /** The SDK has learned the server's time from this answer and signs with it from now on. */
  readonly hasCorrectedClock: boolean;
}

const sdkError = z.looseObject({
  name: z.string().catch(''),
  message: z.string().catch(''),
  code: z.string().optional().catch(undefined),
  $metadata: z
    .looseObject({ httpStatusCode: z.number().optional(), clockSkewCorrected: z.boolean().optional() })
    .optional()
    .catch(undefined),
  $response: z
    .looseObject({ statusCode: z.number().optional(), headers: z.record(z.string(), z.unknown()).optional() })
    .optional()
    .catch(undefined),
});

const NETWORK_CODES = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ERR_STREAM_PREMATURE_CLOSE',
  'HPE_INVALID_CONSTANT',
  'HPE_INVALID_CHUNK_SIZE',
]);

const TRANSIENT_CODES = new Set([
  'RequestTimeout',
  'RequestTimeTooSkewed',
  'OperationAborted',
  'ConditionalRequestConflict',
  'SlowDown',
  'BadDigest',
  'XAmzContentChecksumMismatch',
  'XAmzContentSHA256Mismatch',
  'IncompleteBody',
]);

const WRONG_CONTENT_CODES = new Set([
  'BadDigest',
  'InvalidDigest',
  'XAmzContentChecksumMismatch',
  'XAmzContentSHA256Mismatch',
  // Some servers take the hash of what arrived, and not the one in the header, for the signature.
  'SignatureDoesNotMatch',
]);

const FULL_CODES = new Set([
  'QuotaExceeded',
  'ServiceQuotaExceeded',
  'XMinioStorageFull',
  'XMinioAdminBucketQuotaExceeded',
  'InsufficientCapacity',
]);

/** Reads an error that the SDK threw. */
export function answerOf(error: unknown): ServerAnswer {
  const parsed = sdkError.safeParse(error);
  if (!parsed.success)
    return {
      status: null,
      code: 'Error',
      message: String(error),
      retryAfterMs: null,
      hasCorrectedClock: false,
    };
  const { name, message, code, $metadata, $response } = parsed.data;
  const status = $metadata?.httpStatusCode ?? $response?.statusCode ?? null;
  return {
    status: status === null || status < 100 ? null : status,
    code: code !== undefined && status === null ? code : name,
    message,
    retryAfterMs: retryAfterOf($response?.headers),
    hasCorrectedClock: $metadata?.clockSkewCorrected ?? false,
  };
}

function retryAfterOf(headers: Readonly<Record<string, unknown>> = {}): number | null {
  return parseRetryAfter(headers['retry-after'], String(headers.date)) ?? null;
}

/** The server says that the object, the upload or the bucket is not there. */
export function isNotFound(error: unknown): boolean {
  return answerOf(error).status === 404;
}

export function isNoSuchBucket(error: unknown): boolean {
  return answerOf(error).code === 'NoSuchBucket';
}

export function isNoSuchKey(error: unknown): boolean {
  return answerOf(error).code === 'NoSuchKey';
}

/** The multipart upload is gone: completed, aborted or expired. */
export function isNoSuchUpload(error: unknown): boolean {
  return isNotFound(error) && !isNoSuchKey(error) && !isNoSuchBucket(error);
}

export function isPreconditionFailed(error: unknown): boolean {
  return answerOf(error).status === 412;
}

export function isRefusedAccess(error: unknown): boolean {
  const { status } = answerOf(error);
  return (status === 401 || status === 403) && !isFull(error);
}

/** The server does not know what it was asked for. */
export function isNotSupported(error: unknown): boolean {
  const { status, code } = answerOf(error);
  return status === 405 || status === 501 || code === 'NotImplemented' || code === 'MethodNotAllowed';
}

/** What arrived does not have the digest that was announced, or may not. */
export function isWrongContent(error: unknown): boolean {
  return WRONG_CONTENT_CODES.has(answerOf(error).code);
}

/** The server found the request itself wrong: a checksum that does not fit, an argument it does not know. */
export function isBadRequest(error: unknown): boolean {
  return answerOf(error).status === 400;
}

export function isFull(error: unknown): boolean {
  const { status, code } = answerOf(error);
  return status === 507 || FULL_CODES.has(code);
}

/** The connection failed before, while or after the server worked on it. */
export function isNetworkFailure(error: unknown): boolean {
  const { status, code, message } = answerOf(error);
  if (status !== null && status >= 300) return false;
  return NETWORK_CODES.has(code) || code === 'TimeoutError' || /socket hang up|aborted/.test(message);
}

/** The same request may succeed later. */
export function isTransient(error: unknown): boolean {
  if (error instanceof UnreadableReply) return true;
  if (isFull(error)) return false;
  const { status, code, hasCorrectedClock } = answerOf(error);
  if (hasCorrectedClock || TRANSIENT_CODES.has(code)) return true;
  // 409: another operation on the same key is under way.
  if (
    status === 408 ||
    status === 409 ||
    status === 429 ||
    status === 500 ||
    (status !== null && status >= 502)
  )
    return true;
  return isNetworkFailure(error);
}
