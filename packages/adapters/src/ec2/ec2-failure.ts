import { badConfig, notPermitted, OsrelError, upstreamFailed } from '@osrel/core';
import { z } from 'zod';
import { parseRetryAfter } from '../parse-retry-after.ts';

/** What can be told of an error of the SDK, whatever made it. */
export interface Ec2Failure {
  /** `UnauthorizedOperation`, `ECONNRESET`, `AnswerUnreadable`. */
  readonly code: string;
  readonly message: string;
  /** Null when there was no answer. */
  readonly status: number | null;
  /** Milliseconds that the service asks to wait; null when it does not say. */
  readonly retryAfterMs: number | null;
  /** The SDK has learned the service's time from this answer: the next request carries it. */
  readonly isClockCorrected: boolean;
}

const thrownShape = z.looseObject({
  name: z.string().optional(),
  message: z.string().optional(),
  code: z.unknown().optional(),
  Code: z.unknown().optional(),
  $metadata: z
    .looseObject({ httpStatusCode: z.number().optional(), clockSkewCorrected: z.boolean().optional() })
    .optional(),
  $response: z
    .looseObject({ statusCode: z.number().optional(), headers: z.record(z.string(), z.unknown()).optional() })
    .optional(),
});

/** The answer of a page or a proxy that is no answer of EC2. */
export const UNREADABLE = 'AnswerUnreadable';

/** Undefined for what neither the network nor the service has to do with. */
export function readEc2Failure(error: unknown): Ec2Failure | undefined {
  const parsed = thrownShape.safeParse(error);
  if (!(error instanceof Error) || !parsed.success) return undefined;
  const { name = 'Error', message = '', code, Code, $metadata, $response } = parsed.data;
  const status = $metadata?.httpStatusCode ?? $response?.statusCode ?? null;
  const isKnown =
    status !== null || typeof code === 'string' || /Timeout|CredentialsProvider|TokenProvider/.test(name);
  if (!isKnown) return undefined;
  const isParserError = ['SyntaxError', 'TypeError', 'Error'].includes(name);
  const said = typeof Code === 'string' ? Code : isParserError ? undefined : name;
  return {
    code: said ?? (typeof code === 'string' ? code : UNREADABLE),
    message: message.split('\n', 1)[0]?.slice(0, 400) ?? '',
    status,
    retryAfterMs: readRetryAfter($response?.headers),
    isClockCorrected: $metadata?.clockSkewCorrected === true,
  };
}

function readRetryAfter(headers: Readonly<Record<string, unknown>> = {}): number | null {
  return parseRetryAfter(headers['retry-after'], String(headers.date)) ?? null;
}

const CLOCK = /^(RequestExpired|RequestTimeTooSkewed|RequestInTheFuture)$/;
const NETWORK = /^(E[A-Z]+|TimeoutError|NetworkingError)$/;
const THROTTLED =
  /^(RequestLimitExceeded|Throttling|ThrottlingException|RequestThrottled|TooManyRequests\w*|\w*RateExceeded)$/;
const UNAUTHENTICATED =
  /^(AuthFailure|InvalidClientTokenId|UnrecognizedClientException|SignatureDoesNotMatch|ExpiredToken\w*|MissingAuthenticationToken|CredentialsProviderError|TokenProviderError)$/;
const UNAUTHORIZED = /^(UnauthorizedOperation|AccessDenied\w*|OptInRequired|Blocked|PendingVerification)$/;

/** Whether the same request may be answered in a moment: throttling, a broken line, a proxy, a clock that was set right. */
export function isTransient(failure: Ec2Failure): boolean {
  const { code, status } = failure;
  if (failure.isClockCorrected) return true;
  if (CLOCK.test(code)) return false;
  return (
    THROTTLED.test(code) ||
    code === UNREADABLE ||
    status === 429 ||
    (status !== null && status >= 500) ||
    // An answer that breaks off carries the status it began with.
    NETWORK.test(code)
  );
}

export interface FailedCall {
  /** `RegisterImage`. */
  readonly action: string;
  readonly region: string;
  /** What the call was about: `balenaOS-6.5.1-generic-amd64`. */
  readonly what: string;
}

/** Where the SDK looks for credentials, in its order. */
const CREDENTIALS =
  'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_ROLE_ARN with AWS_WEB_IDENTITY_TOKEN_FILE, or AWS_PROFILE';

/** The failure in osrel's words: which credential, which permission, and what to do. */
export function explainEc2Failure(failure: Ec2Failure, call: FailedCall, cause: unknown): OsrelError {
  const { code, status, message } = failure;
  const said = `${code}${status === null ? '' : ` (${status})`}${message === '' ? '' : `: ${message}`}`;
  const where = `EC2 in ${call.region}, ${call.action} of ${call.what}`;
  if (CLOCK.test(code)) {
    return upstreamFailed('machine-image.clock-skew', `${where}: this machine's clock is wrong: ${said}`, {
      hint: 'set the clock of this machine (timedatectl set-ntp true), then: osrel resume',
      cause,
    });
  }
  if (/vmimport/i.test(message)) {
    return notPermitted('machine-image.import-role', `${where}: ${said}`, {
      hint: 'the account needs the service role "vmimport", which may read the bucket for imports (VM Import/Export guide, "Required service role")',
      cause,
    });
  }
  if (UNAUTHORIZED.test(code) || (status === 403 && !UNAUTHENTICATED.test(code))) {
    return notPermitted('machine-image.not-allowed', `${where} is not allowed: ${said}`, {
      hint: `the credentials (${CREDENTIALS}) need the permission ec2:${call.action}; all of them: osrel permissions`,
      cause,
    });
  }
  if (UNAUTHENTICATED.test(code) || status === 401) {
    return notPermitted('machine-image.not-authenticated', `${where}: no valid credentials: ${said}`, {
      hint: `set ${CREDENTIALS}`,
      cause,
    });
  }
  if (isTransient(failure)) {
    return upstreamFailed('machine-image.service-unavailable', `${where} got no proper answer: ${said}`, {
      hint: 'try again later: osrel resume',
      retryable: true,
      cause,
    });
  }
  if (/LimitExceeded|QuotaExceeded|InsufficientCapacity/.test(code)) {
    return upstreamFailed('machine-image.quota', `${where}: the account's limit is reached: ${said}`, {
      hint: 'remove images and snapshots that nobody uses, or ask AWS for a higher limit; then: osrel resume',
      cause,
    });
  }
  if (/^InvalidSnapshot/.test(code)) {
    return upstreamFailed('machine-image.snapshot-missing', `${where}: ${said}`, {
      hint: 'if it stays so, make it anew with: osrel finalize',
      retryable: true,
      cause,
    });
  }
  if (status === null || status >= 400) {
    return upstreamFailed('machine-image.refused-by-service', `${where} was refused: ${said}`, {
      hint: 'check region, bucket and kms-key under machine-images in osrel.yml',
      cause,
    });
  }
  return badConfig('machine-image.endpoint', `${where}: ${said}`, {
    hint: 'is machine-images.endpoint in osrel.yml the address of an EC2 API?',
    cause,
  });
}

/** Whether the service said exactly this (a prefix ends with a dot): `InvalidAMIID.`, `InvalidAMIName.Duplicate`. */
export function saysCode(error: unknown, ...codes: readonly string[]): boolean {
  const cause = error instanceof OsrelError ? error.cause : error;
  const code = readEc2Failure(cause)?.code ?? '';
  return codes.some((wanted) => code === wanted || (wanted.endsWith('.') && code.startsWith(wanted)));
}
