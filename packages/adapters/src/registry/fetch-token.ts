import type { Clock } from '@osrel/core';
import { notPermitted, type OsrelError } from '@osrel/core';
import { z } from 'zod';
import { exchange } from '../http-exchange.ts';
import type { AuthorizationWish, Authorize } from '../image-registry.ts';
import { parseRetryAfter } from '../parse-retry-after.ts';
import { readBytes } from '../read-reply.ts';
import { withRetries } from '../with-retries.ts';
import type { RegistryLogin } from './docker-logins.ts';
import { isLoopback } from './parse-image-reference.ts';
import { connectionError, type RegistryQuestion, replyError } from './registry-errors.ts';

export interface TokenTerms {
  readonly clock: Clock;
  readonly silenceMs: number;
  readonly login: RegistryLogin | undefined;
  /** The registry that sent us there. */
  readonly registry: URL;
  readonly signal?: AbortSignal | undefined;
}

const LARGEST_TOKEN_BYTES = 1024 * 1024;
const tokenSchema = z.looseObject({ token: z.string().optional(), access_token: z.string().optional() });

/**
 * Gets tokens as docker does: from the server that the registry names, with the login where there is one, else as
 * nobody in particular. Docker registry token authentication.
 */
export function createTokenFetch(terms: TokenTerms): Authorize {
  return (wish) => withRetries(terms, () => fetchToken(terms, wish));
}

async function fetchToken(terms: TokenTerms, wish: AuthorizationWish): Promise<string> {
  const { login, clock, silenceMs, signal } = terms;
  const url = tokenAddress(terms, wish);
  const question: RegistryQuestion = {
    host: url.host,
    repository: wish.scopes.join(' '),
    purpose: 'to give a token',
    credential: undefined,
  };
  const headers = login === undefined ? {} : { authorization: basicHeader(login) };
  const reply = await exchange({ method: 'GET', url, headers, silenceMs, signal })
    .then(async ({ body, ...head }) => ({
      ...head,
      text: (await readBytes(body, LARGEST_TOKEN_BYTES)).toString('utf8'),
    }))
    .catch((error: unknown) => {
      signal?.throwIfAborted();
      throw connectionError(question, error);
    });
  const contentType = reply.headers['content-type'] ?? '';
  const retryAfterMs = parseRetryAfter(reply.headers['retry-after'], clock.now());
  const token = reply.status === 200 ? parseToken(reply.text) : undefined;
  if (token === undefined) throw replyError(question, { ...reply, contentType, retryAfterMs });
  return token;
}

/** The value of an `Authorization` header. */
export function basicHeader({ user, password }: RegistryLogin): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function tokenAddress({ registry, login }: TokenTerms, wish: AuthorizationWish): URL {
  if (wish.realm === null || !URL.canParse(wish.realm))
    throw noTokenServer(registry.host, 'names no token server');
  const url = new URL(wish.realm);
  const isSafe = url.protocol === 'https:' || isLoopback(url.host) || registry.protocol === 'http:';
  if (!isSafe) throw noTokenServer(registry.host, `names a token server without https (${url.origin})`);
  if (wish.service !== null) url.searchParams.set('service', wish.service);
  for (const scope of wish.scopes) url.searchParams.append('scope', scope);
  if (login !== undefined) url.searchParams.set('account', login.user);
  return url;
}

function parseToken(text: string): string | undefined {
  try {
    const { token, access_token } = tokenSchema.parse(JSON.parse(text));
    return token ?? access_token;
  } catch {
    return undefined;
  }
}

function noTokenServer(host: string, what: string): OsrelError {
  return notPermitted('registry.no-token-server', `registry ${host} asks for a login but ${what}`, {
    hint: 'check the address of the registry',
  });
}
