import type { IncomingHttpHeaders } from 'node:http';
import { type OsrelError, upstreamFailed } from '@osrel/core';
import { isWebPage } from '../is-web-page.ts';
import { parseRetryAfter } from '../parse-retry-after.ts';

/**
 * What may help after a failure: the same request again, a new address, or nothing that the program can do.
 */
export type StorageRemedy = 'again' | 'renew' | 'none';

export interface StorageFailure {
  readonly kind: 'failed';
  readonly remedy: StorageRemedy;
  /** What the store asked to wait, in milliseconds; null when it said nothing. */
  readonly waitMs: number | null;
  readonly error: OsrelError;
}

/** An answer of the store that is not the wanted one. */
export interface RefusedContent {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

const FULL = ['QuotaExceeded', 'XMinioStorageFull', 'InsufficientCapacity', 'EntityTooLarge'];
const PASSING = [
  'RequestTimeout',
  'IncompleteBody',
  'BadDigest',
  'OperationAborted',
  'SlowDown',
  'InternalError',
];
const CURED_BY_RENEWAL = ['ExpiredToken', 'RequestExpired'];

/**
 * What an answer of the store that is not the wanted one means. The codes are those of S3's REST error
 * documents; an answer without one is judged by its status. Of the presigned `url`, a secret, only host and
 * path appear in the message.
 */
export function judgeStorageAnswer(url: string, { status, headers, text }: RefusedContent): StorageFailure {
  const code = /<Code>([A-Za-z0-9]+)<\/Code>/.exec(text)?.[1] ?? '';
  const page = isWebPage(headers['content-type']) ? 'with a web page, as a proxy does' : '';
  const said = `${status} ${code || page}`.trim();
  const remedy = remedyOf(status, code);
  const error = describeAnswer({ place: shownAddress(url), said, code, remedy });
  // A date counts from the answer's own date, so that no clock is needed.
  const waitMs = parseRetryAfter(headers['retry-after'], headers.date) ?? null;
  return { kind: 'failed', remedy, waitMs, error };
}

/** What it means when no whole answer of the store came. */
export function judgeStorageSilence(url: string, cause: unknown): StorageFailure {
  const reason = cause instanceof Error && cause.message !== '' ? cause.message : 'the connection broke';
  const message = `no whole answer came from the file store ${shownAddress(url)}: ${reason}`;
  const error = upstreamFailed('balena.storage-unavailable', message, {
    hint: 'check network and proxy, then run the command again; what is there is kept',
    retryable: true,
    cause,
  });
  return { kind: 'failed', remedy: 'again', waitMs: null, error };
}

function remedyOf(status: number, code: string): StorageRemedy {
  if (status === 507 || FULL.includes(code)) return 'none';
  if (status < 300 || status === 408 || status === 429 || status >= 500 || PASSING.includes(code))
    return 'again';
  if (status === 403 || status === 404 || CURED_BY_RENEWAL.includes(code)) return 'renew';
  return 'none';
}

interface StorageAnswer {
  readonly place: string;
  readonly said: string;
  readonly code: string;
  readonly remedy: StorageRemedy;
}

function describeAnswer({ place, said, code, remedy }: StorageAnswer): OsrelError {
  if (said.startsWith('507') || FULL.includes(code))
    return upstreamFailed('balena.storage-full', `the file store ${place} takes no more: ${said}`, {
      hint: 'free space or raise the quota of the file store, then run the command again',
    });
  if (code === 'RequestTimeTooSkewed')
    return upstreamFailed(
      'balena.storage-clock',
      `the clocks of the balena API and of the file store ${place} differ too much: ${said}`,
      { hint: 'have the clock of the server set, then run the command again', retryable: true },
    );
  if (remedy === 'again')
    return upstreamFailed('balena.storage-unavailable', `the file store ${place} answered ${said}`, {
      hint: 'run the command again; what is there is kept',
      retryable: true,
    });
  return upstreamFailed('balena.storage-refused', `the file store ${place} answered ${said}`, {
    hint: 'the balena API signed this address: check the clocks of server and store, and proxies between',
    retryable: remedy === 'renew',
  });
}

/** Without what is behind the question mark: the signature is a secret. */
function shownAddress(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}
