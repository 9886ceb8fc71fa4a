import { open } from 'node:fs/promises';
import { type Clock, type OsrelError, rigFailed } from '@osrel/core';
import { exchange, type HttpReply } from '../http-exchange.ts';
import { readStart } from '../read-reply.ts';
import type { CoreIntervals } from './leviathan-intervals.ts';

/** The core's HTTP calls besides uploads (leviathan 3.1). */
export interface CoreRequests {
  /**
   * Waits until the core answers and is not busy. Throws rig `lab.core-unreachable`, `lab.core-busy`, and the signal's
   * reason.
   */
  readonly waitUntilFree: (signal: AbortSignal) => Promise<void>;
  /**
   * Ends the suite that the core knows of; true when the core says within `limitMs` that it ended. True as well when it
   * knows of none. Never throws.
   */
  readonly stop: (limitMs: number) => Promise<boolean>;
  /** What the suite kept, as tar.gz into that file; null for a whole one, else why it is not. */
  readonly fetchArtifacts: (path: string, signal: AbortSignal) => Promise<string | null>;
  /** Leviathan's summary into that file; `missing` when there is none, null for a whole one, else why it is not. */
  readonly fetchSummary: (path: string, signal: AbortSignal) => Promise<string | null>;
}

export interface CoreRequestsOptions {
  readonly coreUrl: string;
  readonly clock: Clock;
  readonly intervals: CoreIntervals;
}

export const NO_SUMMARY = 'missing';

const MOST_ARTIFACT_BYTES = 2 * 1024 ** 3;
const MOST_SUMMARY_BYTES = 16 * 1024 ** 2;
const LONGEST_STATE_BYTES = 64;

export function createCoreRequests({ coreUrl, clock, intervals }: CoreRequestsOptions): CoreRequests {
  const call = (method: string, path: string, silenceMs: number, signal?: AbortSignal) =>
    exchange({
      method,
      url: new URL(`${coreUrl}${path}`),
      // A connection that the core has closed meanwhile would look like a core that is gone.
      headers: { connection: 'close' },
      silenceMs,
      signal,
    });
  const { requestSilenceMs } = intervals;

  return {
    waitUntilFree: async (signal) => {
      let waitedMs = 0;
      for (;;) {
        const state = await findState(() => call('GET', '/state', requestSilenceMs, signal), signal);
        if (state.kind === 'free') return;
        const limitMs = state.kind === 'busy' ? intervals.busyMs : intervals.readyMs;
        if (waitedMs >= limitMs) throw notFree(coreUrl, state, limitMs);
        await clock.sleep(intervals.lookAgainMs, signal);
        waitedMs += intervals.lookAgainMs;
      }
    },
    stop: async (limitMs) => {
      const limit = new AbortController();
      clock.sleep(limitMs, limit.signal).then(
        () => limit.abort(),
        () => {},
      );
      try {
        const reply = await call('POST', '/stop', limitMs * 2, limit.signal);
        reply.body.destroy();
        return reply.status === 200;
      } catch {
        return false;
      } finally {
        limit.abort();
      }
    },
    fetchArtifacts: async (path, signal) => {
      const reply = await tryCall(() => call('GET', '/artifacts', requestSilenceMs, signal));
      return typeof reply === 'string' ? reply : writeReply(reply, path, MOST_ARTIFACT_BYTES);
    },
    fetchSummary: async (path, signal) => {
      const reply = await tryCall(() => call('GET', '/reports/test-summary.json', requestSilenceMs, signal));
      if (typeof reply === 'string') return reply;
      if (reply.status === 404) {
        reply.body.destroy();
        return NO_SUMMARY;
      }
      return writeReply(reply, path, MOST_SUMMARY_BYTES);
    },
  };
}

type State =
  | { readonly kind: 'free' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'unreachable'; readonly because: string; readonly cause: unknown };

async function findState(ask: () => Promise<HttpReply>, signal: AbortSignal): Promise<State> {
  try {
    const { status, body } = await ask();
    const text = (await readStart(body, LONGEST_STATE_BYTES)).toString('utf8').trim();
    if (status === 200 && text === 'BUSY') return { kind: 'busy' };
    if (status === 200 && ['IDLE', 'SUCCESS', 'FAILED'].includes(text)) return { kind: 'free' };
    const because = `it answered ${status} ${JSON.stringify(text.slice(0, 40))}`;
    return { kind: 'unreachable', because, cause: undefined };
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    return { kind: 'unreachable', because: cause instanceof Error ? messageOf(cause) : String(cause), cause };
  }
}

function notFree(coreUrl: string, state: Exclude<State, { kind: 'free' }>, limitMs: number): OsrelError {
  if (state.kind === 'busy') {
    return rigFailed('lab.core-busy', `core ${coreUrl} is busy with another suite`, {
      hint: 'wait until that suite has ended; if there is none, restart the core',
    });
  }
  const message = `core ${coreUrl} gave no state within ${limitMs / 1000} s: ${state.because}`;
  return rigFailed('lab.core-unreachable', message, {
    hint: 'check that the core runs at this address (tests.leviathan.cores) and read its log',
    cause: state.cause,
  });
}

async function tryCall(ask: () => Promise<HttpReply>): Promise<HttpReply | string> {
  try {
    return await ask();
  } catch (error) {
    return error instanceof Error ? messageOf(error) : String(error);
  }
}

/** Keeps what came, also of a reply that is cut. */
async function writeReply(
  { status, body }: HttpReply,
  path: string,
  mostBytes: number,
): Promise<string | null> {
  if (status !== 200) {
    body.destroy();
    return `the core answered ${status}`;
  }
  let sizeBytes = 0;
  const file = await open(path, 'w');
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      sizeBytes += chunk.length;
      if (sizeBytes > mostBytes) throw new Error(`it has more than ${mostBytes} bytes`);
      await file.writeFile(chunk);
    }
    return null;
  } catch (error) {
    return `cut after ${sizeBytes} bytes: ${error instanceof Error ? messageOf(error) : String(error)}`;
  } finally {
    body.destroy();
    await file.close();
  }
}

/** The message of an error with several causes is empty: `AggregateError` of two addresses that both refuse. */
function messageOf(error: Error): string {
  if (error.message !== '') return error.message;
  return 'code' in error ? String(error.code) : error.name;
}
