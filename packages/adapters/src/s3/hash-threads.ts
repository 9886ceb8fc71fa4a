import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { StretchTask, ThreadReply, ThreadTask } from './hash-thread.ts';

export interface HashedStretch {
  /** Lower-case hex of the whole file, with its last stretch; else null. */
  readonly sha256: string | null;
}

export interface Stretch extends Pick<StretchTask, 'position' | 'bytes' | 'isLast'> {}

/** A stretch on its way; both promises settle, and until then the buffer belongs to the thread. */
export interface StretchUnderWay {
  /** How many bytes were filled: fewer than wanted where the file ended. */
  readonly read: Promise<number>;
  readonly hashed: Promise<HashedStretch>;
}

/** A file that is read and hashed beside the thread that sends. */
export interface FileHash {
  /** Stretches must come in order. */
  take(stretch: Stretch): StretchUnderWay;
  /** The file goes no further. */
  close(): void;
}

interface Waiting {
  readonly onRead: (readBytes: number) => void;
  readonly onHashed: (hashed: HashedStretch) => void;
  readonly onFailed: (error: unknown) => void;
}

interface HashThread {
  readonly worker: Worker;
  readonly waiting: Map<number, Waiting>;
  /** Files that are open there. */
  files: number;
  /** Why it ended; a thread of that file is not replaced, for it held what was hashed so far. */
  end: Error | undefined;
}

/** More hash faster than anything can be sent. */
const MOST_THREADS = 4;
const threads: HashThread[] = [];
let lastNumber = 0;

/**
 * Hashes a file on one of few threads of this process, which are started when first needed, and end with it.
 *
 * @param descriptor of the open file; must stay open until all that was taken has settled
 */
export async function openFileHash(descriptor: number): Promise<FileHash> {
  const { THREAD_URL } = await import('./hash-thread.ts');
  const thread = leastBusy(THREAD_URL);
  thread.files += 1;
  lastNumber += 1;
  const file = lastNumber;
  let isOpen = true;
  return {
    take: (stretch) => send(thread, { ...stretch, file, descriptor }),
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      thread.files -= 1;
      post(thread, { kind: 'forget', file });
    },
  };
}

function leastBusy(url: string): HashThread {
  const idle = threads.find(({ files }) => files === 0);
  if (idle !== undefined) return idle;
  if (threads.length < Math.min(MOST_THREADS, availableParallelism())) return startThread(url);
  return threads.reduce((best, thread) => (thread.files < best.files ? thread : best));
}

// A bundle has other files than these sources: the thread is told where the module is now.
const BOOT = `
const { parentPort, workerData } = require('node:worker_threads');
import(workerData).then(({ serveHashing }) => serveHashing(parentPort));`;

function startThread(url: string): HashThread {
  // It needs no environment, and so no secret of it.
  const worker = new Worker(BOOT, { eval: true, workerData: url, execArgv: [], env: {} });
  const thread: HashThread = { worker, waiting: new Map(), files: 0, end: undefined };
  threads.push(thread);
  worker.unref();
  worker.on('message', (reply: ThreadReply) => settle(thread, reply));
  worker.on('error', (error) => giveUp(thread, asError(error)));
  worker.on('exit', (status) => giveUp(thread, new Error(`the hashing thread ended with ${status}`)));
  return thread;
}

function send(thread: HashThread, stretch: Omit<StretchTask, 'kind' | 'id'>): StretchUnderWay {
  lastNumber += 1;
  const id = lastNumber;
  const read = Promise.withResolvers<number>();
  const hashed = Promise.withResolvers<HashedStretch>();
  // Whoever stops at the first failure still leaves none unheard.
  hashed.promise.catch(() => undefined);
  const onFailed = (error: unknown): void => {
    read.reject(error);
    hashed.reject(error);
  };
  if (thread.end !== undefined) {
    onFailed(thread.end);
    return { read: read.promise, hashed: hashed.promise };
  }
  // The process must not end while something is awaited.
  if (thread.waiting.size === 0) thread.worker.ref();
  thread.waiting.set(id, { onRead: read.resolve, onHashed: hashed.resolve, onFailed });
  post(thread, { kind: 'stretch', id, ...stretch });
  return { read: read.promise, hashed: hashed.promise };
}

function post({ worker }: HashThread, task: ThreadTask): void {
  worker.postMessage(task);
}

function settle(thread: HashThread, reply: ThreadReply): void {
  const found = thread.waiting.get(reply.id);
  if (reply.kind === 'read') {
    found?.onRead(reply.readBytes);
    return;
  }
  thread.waiting.delete(reply.id);
  if (thread.waiting.size === 0) thread.worker.unref();
  if (reply.kind === 'hashed') found?.onHashed(reply);
  else found?.onFailed(reply.error);
}

function giveUp(thread: HashThread, error: Error): void {
  thread.end ??= error;
  const at = threads.indexOf(thread);
  if (at !== -1) threads.splice(at, 1);
  for (const { onFailed } of thread.waiting.values()) onFailed(error);
  thread.waiting.clear();
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
