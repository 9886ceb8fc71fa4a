import { createHash, type Hash } from 'node:crypto';
import { readSync } from 'node:fs';
import type { MessagePort } from 'node:worker_threads';

/** What a thread of its own imports to become one that hashes (hash-threads.ts). */
export const THREAD_URL = import.meta.url;

/** The next stretch of a file; those of one file come in order. */
export interface StretchTask {
  readonly kind: 'stretch';
  readonly id: number;
  /** Tells files apart. */
  readonly file: number;
  readonly descriptor: number;
  readonly position: number;
  /** Filled from the file; shared memory, so that it need not be copied. */
  readonly bytes: Uint8Array;
  readonly isLast: boolean;
}

export type ThreadTask = StretchTask | { readonly kind: 'forget'; readonly file: number };

export type ThreadReply =
  /** The bytes are filled, or the file ended after fewer. They are hashed next. */
  | { readonly kind: 'read'; readonly id: number; readonly readBytes: number }
  /** `sha256`: lower-case hex of the whole file, with its last stretch. */
  | { readonly kind: 'hashed'; readonly id: number; readonly sha256: string | null }
  | { readonly kind: 'failed'; readonly id: number; readonly error: unknown };

/** Does one task after the other: reads, says so, hashes, says so. */
export function serveHashing(port: MessagePort): void {
  const running = new Map<number, Hash>();
  port.on('message', (task: ThreadTask) => {
    if (task.kind === 'forget') {
      running.delete(task.file);
      return;
    }
    try {
      takeStretch(port, running, task);
    } catch (error) {
      port.postMessage({ kind: 'failed', id: task.id, error } satisfies ThreadReply);
    }
  });
}

function takeStretch(port: MessagePort, running: Map<number, Hash>, task: StretchTask): void {
  const { id, file, bytes, isLast } = task;
  const answer = (reply: ThreadReply): void => port.postMessage(reply);
  const readBytes = fill(task);
  answer({ kind: 'read', id, readBytes });
  const hash = running.get(file) ?? createHash('sha256');
  hash.update(bytes);
  if (isLast) running.delete(file);
  else running.set(file, hash);
  answer({ kind: 'hashed', id, sha256: isLast ? hash.digest('hex') : null });
}

function fill({ descriptor, position, bytes }: StretchTask): number {
  let from = 0;
  while (from < bytes.length) {
    const count = readSync(descriptor, bytes, from, bytes.length - from, position + from);
    if (count === 0) break;
    from += count;
  }
  return from;
}
