import { conflict, notPermitted, OsrelError, type OsrelErrorOptions, upstreamFailed } from '@osrel/core';
import { isWebPage } from '../is-web-page.ts';
import { parseRetryAfter } from '../parse-retry-after.ts';
import type { HttpReply } from './http-call.ts';

/** Who asked for what, as messages tell it. */
export interface FailureContext {
  readonly method: string;
  /** Path without query: values in a query may be long, and some are secret. */
  readonly path: string;
  readonly host: string;
  /** `the API key in BALENA_TOKEN`. */
  readonly key: string;
  /** Name of the account behind the key, once known. */
  readonly account: string | null;
  /** Now, as an ISO 8601 timestamp. */
  readonly now: string;
}

const PASSING = new Set([408, 429, 500, 502, 503, 504]);
const LONGEST_QUOTE = 200;
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** How messages name the key. */
export function nameOfKey(tokenVariable: string | null): string {
  return tokenVariable === null ? 'the balena API key' : `the balena API key in ${tokenVariable}`;
}

/** A reply that is no success, as an error with `details.status`, and with `details.retryAfterMs` where the server asks to wait. */
export function failureOf(reply: HttpReply, context: FailureContext): OsrelError {
  const { status } = reply;
  const what = `${context.method} ${context.path} of ${context.host}`;
  const details = { status, ...waitOf(reply, context.now) };
  const said = quote(reply);
  if (status === 401 || status === 403) return refusedKey(context, details);
  if (status === 429) {
    return upstreamFailed('balena.too-many-requests', `${what}: too many requests`, {
      hint: 'wait a minute, then run the command again: it goes on where it stopped',
      retryable: true,
      details,
    });
  }
  if (PASSING.has(status)) {
    return upstreamFailed('balena.unavailable', `${what} answered ${status}${said}`, {
      hint: 'the server has a problem; run the command again: it goes on where it stopped',
      retryable: true,
      details,
    });
  }
  if (status === 507 || status === 402) {
    return upstreamFailed('balena.full', `${what}: the server has no room or quota left (${status})${said}`, {
      hint: 'make room there or raise the quota, then run the command again',
      details,
    });
  }
  if (status === 404) {
    return upstreamFailed('balena.address-unknown', `${what} answered 404: there is no such API`, {
      hint: 'check "balena" of the environment in osrel.yml: it is the domain below which api. is found',
      details,
    });
  }
  if (status === 409 || status === 412) {
    return conflict('balena.conflict', `${what} answered ${status}${said}`, {
      hint: 'somebody else changed it meanwhile; run the command again to see what is there now',
      details,
    });
  }
  if (status >= 300 && status < 400) return unreadable(reply, context);
  return upstreamFailed('balena.rejected', `${what} answered ${status}${said}`, {
    hint: 'the server does not accept the request; its words are above',
    details,
  });
}

/** A reply that no balena API gives: most often the page of a proxy. Whether anything was done is unknown. */
export function unreadable(reply: HttpReply, context: FailureContext): OsrelError {
  const type = String(reply.headers['content-type'] ?? 'no content type').split(';')[0];
  return upstreamFailed(
    'balena.answer-unreadable',
    `${context.method} ${context.path} of ${context.host} answered ${reply.status} with ${type}, which no balena API does`,
    {
      hint: 'a proxy or login page may stand in between: try "curl -i" on that host',
      retryable: true,
      details: { status: reply.status },
    },
  );
}

/** JSON that does not have the shape it should. */
export function unexpectedShape(
  context: Pick<FailureContext, 'method' | 'path' | 'host'>,
  where: string,
): OsrelError {
  return upstreamFailed(
    'balena.answer-unexpected',
    `${context.method} ${context.path} of ${context.host} answered other data than expected: ${where}`,
    { hint: 'the server may be of another version than this osrel knows; look for a newer osrel' },
  );
}

/** No reply, or only a part of one. `details.unsent`: the server has never seen the request. */
export function connectionLost(error: unknown, context: FailureContext): OsrelError {
  const reason = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const words = reason === '' ? code : reason;
  return upstreamFailed(
    'balena.unreachable',
    `${context.method} ${context.path} of ${context.host} got no whole answer: ${words}`,
    {
      hint: 'check network and proxy, then run the command again: it goes on where it stopped',
      retryable: true,
      details: { unsent: NEVER_SENT.has(code) },
    },
  );
}

/** The status of the reply behind an error; undefined when there was none. */
export function statusOf(error: unknown): number | undefined {
  const status = error instanceof OsrelError ? error.details.status : undefined;
  return typeof status === 'number' ? status : undefined;
}

/** Whether a write that ended so may have been done all the same. */
export function isUnsure(error: unknown): boolean {
  return (
    error instanceof OsrelError && error.retryable && error.details.unsent !== true && statusOf(error) !== 429
  );
}

function refusedKey(
  { method, path, host, key, account }: FailureContext,
  details: OsrelErrorOptions['details'],
) {
  if (path === '/actor/v1/whoami') {
    return notPermitted(
      'balena.key-rejected',
      `${host} does not accept ${key}: unknown, expired or revoked`,
      {
        hint: 'make a new API key in the dashboard and set the variable to it',
        ...(details === undefined ? {} : { details }),
      },
    );
  }
  const who = account === null ? key : `${key} (account ${account})`;
  return notPermitted('balena.not-allowed', `${who} may not ${method} ${path} of ${host}`, {
    hint: `give that account the role "developer" or more in the organization, for ${permissionOf(path)}; see "osrel permissions"`,
    ...(details === undefined ? {} : { details }),
  });
}

/** What an account needs to be allowed to do, in words. */
function permissionOf(path: string): string {
  const resource = /^\/v[0-9]+\/([a-z_]+)/.exec(path)?.[1];
  if (resource === undefined) return 'the registry of its applications';
  if (resource.startsWith('application')) return 'changing tags of the application';
  return `creating and changing ${resource.replaceAll('_', ' ')} records of the application`;
}

function waitOf({ headers }: HttpReply, now: string): { readonly retryAfterMs?: number } {
  const retryAfterMs = parseRetryAfter(headers['retry-after'], now);
  return retryAfterMs === undefined ? {} : { retryAfterMs };
}

/** The server's own words, on one line; nothing of a page. */
function quote({ headers, text }: HttpReply): string {
  if (text === '' || isWebPage(headers['content-type'])) return '';
  const words = text.replace(/^"|"$/g, '').replaceAll('\\"', '"').replace(/\s+/g, ' ').trim();
  return `: ${words.slice(0, LONGEST_QUOTE)}`;
}
