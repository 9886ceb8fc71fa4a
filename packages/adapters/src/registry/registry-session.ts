import type { IncomingHttpHeaders } from 'node:http';
import { type Clock, OsrelError, upstreamFailed } from '@osrel/core';
import { BodyFailure, exchange, type HttpReply, type RequestBody } from '../http-exchange.ts';
import { isWebPage } from '../is-web-page.ts';
import { parseRetryAfter } from '../parse-retry-after.ts';
import { readBytes } from '../read-reply.ts';
import { isLoopback } from './parse-image-reference.ts';
import type { RegistryAuthorization } from './registry-authorization.ts';
import { connectionError, replyError } from './registry-errors.ts';

export interface SessionTerms {
  /** Address of the registry. */
  readonly registry: URL;
  readonly repository: string;
  readonly authorization: RegistryAuthorization;
  /** How messages name the credential. */
  readonly credential: string | undefined;
  readonly clock: Clock;
  readonly silenceMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface SessionRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** From the root, such as `/v2/name/blobs/uploads/`; or an address that the registry gave. */
  readonly at: string | URL;
  /** For messages: `to take an upload`. */
  readonly purpose: string;
  /** Every other status is thrown as an error. */
  readonly accept: readonly number[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
}

export interface SessionReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly content: Buffer;
}

/** Requests to one repository of a registry: authorized, redirected, checked, but tried once only. */
export interface RegistrySession extends SessionTerms {
  /** The whole reply. Throws upstream, permission, conflict `registry.*`. */
  readonly ask: (request: SessionRequest) => Promise<SessionReply>;
  /** The beginning of the reply; its body has to be read or destroyed. */
  readonly open: (request: SessionRequest) => Promise<HttpReply>;
}

const MOST_REDIRECTS = 5;
/** Manifests and complaints are far smaller. */
const LARGEST_REPLY_BYTES = 8 * 1024 * 1024;
const REDIRECTS = [301, 302, 303, 307, 308];

export function createRegistrySession(terms: SessionTerms): RegistrySession {
  const open = (request: SessionRequest) => openAuthorized(terms, request);
  const ask = async (request: SessionRequest): Promise<SessionReply> => {
    const { status, headers, body } = await open(request);
    return { status, headers, content: await readOrExplain(terms, request, body) };
  };
  return { ...terms, ask, open };
}

/** The text of a header that may come several times; undefined when it is absent. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

async function openAuthorized(terms: SessionTerms, request: SessionRequest): Promise<HttpReply> {
  const { authorization } = terms;
  const used = authorization.current();
  const first = await follow(terms, request, used);
  if (first.status !== 401 || request.accept.includes(401)) return check(terms, request, first);
  first.body.destroy();
  const fresh = await authorization.renew(used, headerOf(first.headers, 'www-authenticate'));
  return check(terms, request, await follow(terms, request, fresh));
}

async function follow(
  terms: SessionTerms,
  request: SessionRequest,
  authorization: string | undefined,
): Promise<HttpReply> {
  const { registry, silenceMs, signal } = terms;
  const { method, body } = request;
  let url = new URL(request.at, registry);
  for (let hops = 0; ; hops += 1) {
    // A token goes to nobody but the registry, not even where the registry sends us.
    const isOwn = url.origin === registry.origin;
    const secret = authorization === undefined || !isOwn ? {} : { authorization };
    const headers = { ...request.headers, ...secret };
    const reply = await exchange({ method, url, headers, body, silenceMs, signal }).catch(
      (error: unknown) => {
        throw explain(terms, request, error);
      },
    );
    const location = headerOf(reply.headers, 'location');
    const isReading = method === 'GET' || method === 'HEAD';
    if (!isReading || !REDIRECTS.includes(reply.status) || location === undefined) return reply;
    reply.body.destroy();
    if (hops === MOST_REDIRECTS) throw astray(terms, `more than ${MOST_REDIRECTS} times`);
    url = nextAddress(terms, location, url);
  }
}

function nextAddress(terms: SessionTerms, location: string, from: URL): URL {
  if (!URL.canParse(location, from.href)) throw astray(terms, 'to something that is no address');
  const url = new URL(location, from);
  const isSafe = url.protocol === 'https:' || terms.registry.protocol === 'http:' || isLoopback(url.host);
  if (!isSafe || !/^https?:$/.test(url.protocol)) throw astray(terms, `to ${url.host} without https`);
  return url;
}

/** The reply when its status is one that was asked for. */
async function check(terms: SessionTerms, request: SessionRequest, reply: HttpReply): Promise<HttpReply> {
  const contentType = headerOf(reply.headers, 'content-type') ?? '';
  // Proxies and login pages answer 200; a few registries send their 404 to HEAD as HTML.
  const isPage = isWebPage(contentType) && (reply.status < 300 || request.method !== 'HEAD');
  if (request.accept.includes(reply.status) && !isPage) return reply;
  const text = (await readOrExplain(terms, request, reply.body)).toString('utf8');
  const retryAfterMs = parseRetryAfter(headerOf(reply.headers, 'retry-after'), terms.clock.now());
  throw replyError(questionOf(terms, request), { status: reply.status, contentType, text, retryAfterMs });
}

async function readOrExplain(
  terms: SessionTerms,
  request: SessionRequest,
  body: HttpReply['body'],
): Promise<Buffer> {
  try {
    return await readBytes(body, LARGEST_REPLY_BYTES);
  } catch (error) {
    throw explain(terms, request, error);
  }
}

function explain(terms: SessionTerms, request: SessionRequest, error: unknown): unknown {
  if (terms.signal?.aborted === true) return terms.signal.reason;
  if (error instanceof BodyFailure) return error.cause ?? error;
  if (error instanceof OsrelError) return error;
  return connectionError(questionOf(terms, request), error);
}

function questionOf({ registry, repository, credential }: SessionTerms, { purpose }: SessionRequest) {
  return { host: registry.host, repository, purpose, credential };
}

function astray({ registry, repository }: SessionTerms, where: string): OsrelError {
  return upstreamFailed(
    'registry.astray',
    `registry ${registry.host} redirects a request for ${repository} ${where}`,
    { hint: 'check the address of the registry' },
  );
}
