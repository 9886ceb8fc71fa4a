import { createWriteStream } from 'node:fs';
import { createLogLines } from './log-lines.ts';

/** The log of a suite that runs: on disk as a whole, and line by line to whoever watches. */
export interface SuiteLog {
  /** One frame's text. A promise when no more should come until it resolves: the disk is slower than the suite. */
  readonly write: (text: string) => Promise<void> | undefined;
  /** Bytes of whole lines so far: what comes later says nothing about the suite any more. */
  readonly sizeBytes: () => number;
  /** Rejects when the log cannot be written; never resolves. */
  readonly failed: Promise<never>;
  /** Everything is on disk. Throws what writing failed with. */
  readonly end: () => Promise<void>;
}

export interface SuiteLogOptions {
  /** Absolute path of the file to make. */
  readonly path: string;
  /** One line without its line end. */
  readonly onLine: (line: string) => void;
  /** For people. */
  readonly onNote: (line: string) => void;
}

/** A suite that prints without end must not fill the disk; nobody reads so much. */
const MOST_LOG_BYTES = 1024 ** 3;

export function followSuiteLog({ path, onLine, onNote }: SuiteLogOptions): SuiteLog {
  const file = createWriteStream(path, { flags: 'wx' });
  const lines = createLogLines();
  const failed = Promise.withResolvers<never>();
  let sizeBytes = 0;
  let isFull = false;
  let room: Promise<void> | undefined;
  file.on('error', failed.reject);
  // Who waits for nothing else hears of it from `end`.
  failed.promise.catch(() => {});

  function keep(whole: readonly string[]): boolean {
    for (const line of whole) onLine(line);
    if (isFull || whole.length === 0) return true;
    const text = `${whole.join('\n')}\n`;
    const lengthBytes = Buffer.byteLength(text);
    if (sizeBytes + lengthBytes > MOST_LOG_BYTES) {
      isFull = true;
      onNote(`the log has more than ${MOST_LOG_BYTES} bytes; the rest of it is not kept`);
      return true;
    }
    sizeBytes += lengthBytes;
    return file.write(text);
  }

  async function untilRoom(): Promise<void> {
    const roomy = Promise.withResolvers<void>();
    const tell = () => roomy.resolve();
    file.on('drain', tell).on('close', tell);
    await roomy.promise;
    file.off('drain', tell).off('close', tell);
    room = undefined;
  }

  return {
    write: (text) => {
      if (!keep(lines.take(text)) && !file.destroyed) room ??= untilRoom();
      return room;
    },
    sizeBytes: () => sizeBytes,
    failed: failed.promise,
    end: async () => {
      keep(lines.end());
      const ended = new Promise<void>((resolve) => {
        file.once('close', resolve);
      });
      if (!file.closed) {
        file.end();
        await ended;
      }
      if (file.errored !== null) throw file.errored;
    },
  };
}
