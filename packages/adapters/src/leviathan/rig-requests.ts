import { z } from 'zod';
import { exchange } from '../http-exchange.ts';
import { readBytes } from '../read-reply.ts';
import { RigSilence } from './rig-silence.ts';
import { withinLimit } from './time-limit.ts';

/** What a rig tells of itself (leviathan 3.6). */
export interface RigContract {
  /** Of the balena device; null for a rig that is none. */
  readonly uuid: string | null;
  /** `qemu`, `testbot_hat`, `autokit`. */
  readonly workerType: string;
  readonly supportedFeatures: Readonly<Record<string, unknown>>;
}

/** Milliseconds that each request may take in all. */
export interface RigLimitsMs {
  readonly state: number;
  readonly start: number;
  readonly heartbeat: number;
  readonly teardown: number;
  readonly contract: number;
}

/**
 * The HTTP API of a rig (leviathan 3.6). Every request is bounded; one that fails throws RigSilence, one that is
 * aborted the signal's reason. Nothing is repeated here.
 */
export interface RigRequests {
  /** Changes nothing. */
  state(url: string, signal?: AbortSignal): Promise<'idle' | 'busy'>;
  /** Takes the rig unless somebody has it. A side effect behind a GET: only to take, never to look. */
  start(url: string, signal?: AbortSignal): Promise<'taken' | 'busy'>;
  heartbeat(url: string, signal?: AbortSignal): Promise<void>;
  /** Frees the rig, whoever has it. */
  teardown(url: string, signal?: AbortSignal): Promise<void>;
  contract(url: string, signal?: AbortSignal): Promise<RigContract>;
}

/** A heartbeat that fails must be over before the next one is due. */
export const RIG_LIMITS_MS: RigLimitsMs = {
  state: 5_000,
  start: 10_000,
  heartbeat: 15_000,
  teardown: 2_000,
  contract: 10_000,
};

const LONGEST_ANSWER = 64 * 1024;
const LONGEST_QUOTE = 60;
const NEVER_SENT = new Set<unknown>([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

const contractSchema = z.looseObject({
  uuid: z.string().nullish(),
  workerType: z.string(),
  supportedFeatures: z.record(z.string(), z.unknown()).default({}),
});

/** Requests to rigs; connects to nothing by itself. */
export function createRigRequests(limits: RigLimitsMs = RIG_LIMITS_MS): RigRequests {
  return {
    async state(url, signal) {
      const text = await ask({ method: 'GET', url, path: '/state', limitMs: limits.state, signal });
      if (text === 'IDLE') return 'idle';
      if (text === 'BUSY') return 'busy';
      throw unknownAnswer('/state', text);
    },
    async start(url, signal) {
      const text = await ask({ method: 'GET', url, path: '/start', limitMs: limits.start, signal });
      if (text === 'OK') return 'taken';
      if (text === 'BUSY') return 'busy';
      throw unknownAnswer('/start', text);
    },
    async heartbeat(url, signal) {
      const text = await ask({ method: 'GET', url, path: '/heartbeat', limitMs: limits.heartbeat, signal });
      if (text !== 'OK') throw unknownAnswer('/heartbeat', text);
    },
    async teardown(url, signal) {
      const text = await ask({ method: 'POST', url, path: '/teardown', limitMs: limits.teardown, signal });
      if (text !== 'OK') throw unknownAnswer('/teardown', text);
    },
    async contract(url, signal) {
      const text = await ask({ method: 'GET', url, path: '/contract', limitMs: limits.contract, signal });
      return parseContract(text);
    },
  };
}

/** An address as rigs are compared by: `http://worker`, without a slash at the end. */
export function normalizeRigUrl(address: string): string {
  return new URL(address).href.replace(/\/+$/, '');
}

/** Address of a rig's route. A path in the rig's own address stays. */
export function routeOf(url: string, path: string): URL {
  return new URL(`${url.replace(/\/+$/, '')}${path}`);
}

/** What a failed exchange with a rig comes to; an aborted one throws the signal's reason. */
export function silenceOf(error: unknown, signal: AbortSignal | undefined): RigSilence {
  signal?.throwIfAborted();
  if (error instanceof RigSilence) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const words = error instanceof Error && error.message !== '' ? error.message : String(code ?? error);
  return new RigSilence(`does not answer: ${words}`, {
    mayHaveArrived: !NEVER_SENT.has(code),
    cause: error,
  });
}

interface RigCall {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly path: string;
  readonly limitMs: number;
  readonly signal: AbortSignal | undefined;
}

async function ask(call: RigCall): Promise<string> {
  const { method, url, path, limitMs, signal } = call;
  signal?.throwIfAborted();
  try {
    return await withinLimit({ limitMs, signal }, async (limited) => {
      const reply = await exchange({
        method,
        url: routeOf(url, path),
        headers: { accept: '*/*', 'user-agent': 'osrel' },
        silenceMs: limitMs,
        signal: limited,
      });
      const text = (await readBytes(reply.body, LONGEST_ANSWER)).toString('utf8');
      // A rig sends its words as text/html: what a page of a proxy is shows by its text alone.
      if (reply.status === 200) return text.trim();
      // Without a /start since the rig's program began, there is no timer that a heartbeat could wind up (leviathan 3.6).
      const hasForgotten = path === '/heartbeat' && reply.status === 500 && text.includes('TypeError');
      const type = String(reply.headers['content-type'] ?? 'no content type').split(';')[0];
      const words = hasForgotten
        ? 'nobody has taken it since it was started'
        : `${reply.status} with ${type}`;
      throw new RigSilence(`answers ${path} with: ${words}`, { mayHaveArrived: true, hasForgotten });
    });
  } catch (error) {
    throw silenceOf(error, signal);
  }
}

function unknownAnswer(path: string, text: string): RigSilence {
  return new RigSilence(`answers ${path} with ${quoteOf(text)}, which no rig does`, { mayHaveArrived: true });
}

function quoteOf(text: string): string {
  const words = text.replace(/\s+/g, ' ').trim();
  if (/^<(!doctype|html|head|body)\b/i.test(words)) return 'a web page';
  return words === '' ? 'nothing' : `"${words.slice(0, LONGEST_QUOTE)}"`;
}

function parseContract(text: string): RigContract {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw unknownAnswer('/contract', text);
  }
  const parsed = contractSchema.safeParse(value);
  if (!parsed.success) throw unknownAnswer('/contract', text);
  return { ...parsed.data, uuid: parsed.data.uuid ?? null };
}
