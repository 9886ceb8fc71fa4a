import { type FileHandle, open } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { exchange } from '../http-exchange.ts';
import { isWebPage } from '../is-web-page.ts';
import { routeOf, silenceOf } from './rig-requests.ts';
import { withinLimit } from './time-limit.ts';

export interface SerialLog {
  readonly sizeBytes: number;
  /** Why it is not the whole log; null when it is. */
  readonly cut: string | null;
}

export interface SerialTerms {
  readonly url: string;
  /** Absolute path of the file to write. */
  readonly path: string;
  readonly signal: AbortSignal;
  readonly mostBytes?: number;
  /** Milliseconds without a byte after which no more is waited for. */
  readonly silenceMs?: number;
  /** Milliseconds in all. */
  readonly limitMs?: number;
}

/** More console output than any suite makes; a rig that goes on for ever must not fill the disk. */
const MOST_BYTES = 256 * 1024 * 1024;
const SILENCE_MS = 10_000;
const LIMIT_MS = 120_000;

/**
 * Writes the rig's serial log to a file as it comes; undefined when the rig has none or does not answer. What came before
 * a cut is kept: the last lines of a dying device matter most. Throws what writing the file throws.
 */
export async function fetchSerial(terms: SerialTerms): Promise<SerialLog | undefined> {
  const { signal, limitMs = LIMIT_MS } = terms;
  if (signal.aborted) return undefined;
  return withinLimit({ limitMs, signal }, async (limited) => {
    const incoming = await findIncoming(terms, limited);
    return incoming === undefined ? undefined : store(incoming, terms);
  });
}

interface Incoming {
  /** Ends where the reply ends or is cut. */
  readonly content: PassThrough;
  /** Why it was cut; null as long as it was not. */
  readonly cut: () => string | null;
  readonly leave: () => void;
}

async function findIncoming(
  { url, silenceMs = SILENCE_MS }: SerialTerms,
  signal: AbortSignal,
): Promise<Incoming | undefined> {
  try {
    const { status, headers, body } = await exchange({
      method: 'GET',
      url: routeOf(url, '/dut/serial'),
      headers: { accept: '*/*', 'user-agent': 'osrel' },
      silenceMs,
      signal,
    });
    if (status === 200 && !isWebPage(headers['content-type'])) return keepIncoming(body);
    body.destroy();
    return undefined;
  } catch {
    return undefined;
  }
}

/** A reply that fails forgets what it has not handed out; so it is handed out at once. */
function keepIncoming(body: IncomingMessage): Incoming {
  const content = new PassThrough();
  let cut: string | null = null;
  body.once('error', (error) => {
    cut = silenceOf(error, undefined).message;
    content.end();
  });
  body.pipe(content);
  return { content, cut: () => cut, leave: () => body.destroy() };
}

async function store(
  { content, cut, leave }: Incoming,
  { path, mostBytes = MOST_BYTES }: SerialTerms,
): Promise<SerialLog> {
  let sizeBytes = 0;
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'w');
    for await (const part of content) {
      const bytes = part as Buffer;
      const kept = bytes.subarray(0, mostBytes - sizeBytes);
      await file.writeFile(kept);
      sizeBytes += kept.length;
      if (kept.length < bytes.length) return { sizeBytes, cut: `has more than ${mostBytes} bytes` };
    }
    return { sizeBytes, cut: cut() };
  } finally {
    leave();
    await file?.close();
  }
}
