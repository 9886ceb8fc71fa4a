import { notPermitted, type OsrelError } from '@osrel/core';
import type { BalenaSDK } from 'balena-sdk';
import { z } from 'zod';
import { untilAborted } from '../until-aborted.ts';
import { withRetries } from '../with-retries.ts';
import {
  connectionLost,
  type FailureContext,
  failureOf,
  isUnsure,
  nameOfKey,
  statusOf,
  unexpectedShape,
  unreadable,
} from './balena-failure.ts';
import type { BalenaAccess } from './balena-options.ts';
import { callHttp, type HttpReply } from './http-call.ts';

export type Pine = BalenaSDK['pine'];

export interface BalenaCall {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With its query, encoded: `/v7/release?$select=id`. */
  readonly path: string;
  /** JSON, or a form with a file. */
  readonly body?: Readonly<Record<string, unknown>> | FormData;
  readonly signal?: AbortSignal | undefined;
  /** Doing it twice is the same as once; absent: for GET only. */
  readonly isRepeatable?: boolean;
}

/** Whose key it is. */
export interface Identity {
  /** Id for `is_created_by__user`; null for a key that belongs to no person. */
  readonly userId: number | null;
  readonly name: string;
}

/** An address in the data model, made by the SDK's typed compiler. */
export type Compile = (pine: Pine) => string;

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface WriteOptions extends CallOptions {
  readonly isRepeatable?: boolean;
}

/**
 * The balena API for the holder of one key. Every call finds out first whose key that is, once: the server reads public
 * data to a key it does not know as if nobody had asked. What is repeatable is repeated up to five times when the server
 * is busy or out of reach; what still fails is thrown as OsrelError with `details.status`, `retryable` where the same
 * call may succeed later.
 */
export interface BalenaClient {
  /** The parsed JSON of a good answer; undefined when it has no body. */
  request(call: BalenaCall): Promise<unknown>;
  /** The rows that a query finds. */
  rows<Row>(compile: Compile, schema: z.ZodType<Row>, signal?: AbortSignal): Promise<readonly Row[]>;
  /** Makes a row; answers its id. Repeated only when `isRepeatable`: unique columns then answer 409. */
  insert(
    resource: string,
    values: Readonly<Record<string, unknown>>,
    options?: WriteOptions,
  ): Promise<number>;
  /** Changes what the address selects; silent when that is nothing. */
  change(compile: Compile, values: Readonly<Record<string, unknown>>, options?: CallOptions): Promise<void>;
  /** Removes what the address selects. */
  remove(compile: Compile, options?: CallOptions): Promise<void>;
  identify(): Promise<Identity>;
}

const SILENCE_MS = 60_000;
const VERSION = 'v7';

const rowsSchema = z.looseObject({ d: z.array(z.unknown()) });
const madeSchema = z.looseObject({ id: z.number().int() });
const whoamiSchema = z.looseObject({
  actorType: z.string().optional(),
  actorTypeId: z.number().int().optional(),
  username: z.string().optional(),
});

/** A client that asks for nothing before its first call. */
export function createBalenaClient(options: BalenaAccess): BalenaClient {
  const state: ClientState = { options, pine: undefined, identity: undefined, account: null };
  const send = async (call: BalenaCall) => {
    await untilAborted(identify(state), call.signal);
    return repeat(state, call);
  };
  const address = async (compile: Compile) => `/${VERSION}/${compile(await loadPine(state))}`;
  return {
    request: send,
    identify: () => identify(state),
    async rows(compile, schema, signal) {
      const call = { method: 'GET', path: await address(compile), signal } as const;
      const { d } = parse(rowsSchema, await send(call), { ...call, options });
      return parse(z.array(schema), d, { ...call, options });
    },
    async insert(resource, values, { signal, isRepeatable = false } = {}) {
      const call = { method: 'POST', path: `/${VERSION}/${resource}`, signal } as const;
      return parse(madeSchema, await send({ ...call, body: values, isRepeatable }), { ...call, options }).id;
    },
    async change(compile, values, { signal } = {}) {
      await send({ method: 'PATCH', path: await address(compile), body: values, signal, isRepeatable: true });
    },
    async remove(compile, { signal } = {}) {
      await send({ method: 'DELETE', path: await address(compile), signal, isRepeatable: true });
    },
  };
}

interface ClientState {
  readonly options: BalenaAccess;
  pine: Promise<Pine> | undefined;
  identity: Promise<Identity> | undefined;
  account: string | null;
}

/**
 * The SDK writes the queries and knows the data model; it does not send them. Its requests have no bound on a body that
 * stops, and its errors carry the request with the key in it.
 */
function loadPine(state: ClientState): Promise<Pine> {
  state.pine ??= import('balena-sdk').then((loaded) => {
    // A bundle knows a CommonJS package by its default export alone.
    const { getSdk } = 'getSdk' in loaded ? loaded : (loaded as { default: typeof loaded }).default;
    return getSdk({ apiUrl: state.options.api, dataDirectory: false, isBrowser: true }).pine;
  });
  return state.pine;
}

/** Shared by all callers, so no caller's signal ends it. */
function identify(state: ClientState): Promise<Identity> {
  state.identity ??= askIdentity(state).catch((error: unknown) => {
    state.identity = undefined;
    throw error;
  });
  return state.identity;
}

async function askIdentity(state: ClientState): Promise<Identity> {
  const call = { method: 'GET', path: '/actor/v1/whoami' } as const;
  const found = parse(whoamiSchema, await repeat(state, call), { ...call, options: state.options });
  const name = found.username ?? `${found.actorType ?? 'actor'} ${found.actorTypeId ?? ''}`.trim();
  state.account = name;
  return { userId: found.actorType === 'user' ? (found.actorTypeId ?? null) : null, name };
}

function repeat(state: ClientState, call: BalenaCall): Promise<unknown> {
  const { isRepeatable = call.method === 'GET', signal } = call;
  const mayRepeat = (error: OsrelError) => isRepeatable || !isUnsure(error);
  return withRetries({ clock: state.options.clock, signal, mayRepeat }, () => attempt(state, call));
}

async function attempt(state: ClientState, call: BalenaCall): Promise<unknown> {
  const { options, account } = state;
  const url = new URL(call.path, options.api);
  const context: FailureContext = {
    method: call.method,
    path: decodeURIComponent(url.pathname),
    host: url.host,
    key: nameOfKey(options.tokenVariable),
    account,
    now: options.clock.now(),
  };
  const content = await encode(call.body);
  const headers = {
    accept: 'application/json',
    'user-agent': 'osrel',
    authorization: `Bearer ${getToken(options)}`,
    ...content.headers,
  };
  const reply = await callHttp({
    method: call.method,
    url,
    headers,
    body: content.bytes,
    silenceMs: options.silenceMs ?? SILENCE_MS,
    signal: call.signal,
  }).catch((error: unknown) => {
    call.signal?.throwIfAborted();
    throw connectionLost(error, context);
  });
  if (reply.status < 200 || reply.status >= 300) throw failureOf(reply, context);
  return decode(reply, context);
}

function getToken({ readToken, tokenVariable, api }: BalenaAccess): string {
  const token = readToken()?.trim() ?? '';
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  const variable = tokenVariable ?? 'the variable of the key';
  if (token === '') {
    throw notPermitted(
      'balena.key-missing',
      `${variable} is not set: ${new URL(api).host} needs an API key`,
      {
        hint: `set ${variable} to an API key of an account that may publish there`,
      },
    );
  }
  throw notPermitted(
    'balena.key-malformed',
    `${variable} holds white space or other characters that no API key has`,
    {
      hint: `set ${variable} to the key alone, without quotes or line ends`,
    },
  );
}

async function encode(
  body: BalenaCall['body'],
): Promise<{ readonly bytes?: Uint8Array; readonly headers: Readonly<Record<string, string>> }> {
  if (body === undefined) return { headers: {} };
  if (!(body instanceof FormData)) {
    return { bytes: Buffer.from(JSON.stringify(body)), headers: { 'content-type': 'application/json' } };
  }
  const form = new Response(body);
  return {
    bytes: new Uint8Array(await form.arrayBuffer()),
    headers: { 'content-type': form.headers.get('content-type') ?? '' },
  };
}

function decode(reply: HttpReply, context: FailureContext): unknown {
  // A change answers with nothing, or with the word OK.
  if (reply.text === '' || reply.text === 'OK') return undefined;
  try {
    return JSON.parse(reply.text);
  } catch {
    throw unreadable(reply, context);
  }
}

function parse<Value>(
  schema: z.ZodType<Value>,
  value: unknown,
  { method, path, options }: Pick<BalenaCall, 'method' | 'path'> & { readonly options: BalenaAccess },
): Value {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path: at, message } = parsed.error.issues[0] ?? { path: [], message: '' };
  const url = new URL(path, options.api);
  const where = `${at.join('.')} ${message}`.trim();
  throw unexpectedShape({ method, path: decodeURIComponent(url.pathname), host: url.host }, where);
}

/** Runs a write; `undefined` instead of the server's 409. */
export async function unlessTaken<Value>(write: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await write();
  } catch (error) {
    if (statusOf(error) === 409) return undefined;
    throw error;
  }
}
