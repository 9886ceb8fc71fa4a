import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLineSplitter, type LineSplitter } from './create-line-splitter.ts';

const PIECE_BYTES = 1024 * 1024;
/** Not read harder than four times a second: a build has better uses for the disk. */
const POLL_MS = 250;
/** Enough to tell a file from the one that was written over it. */
const HEAD_BYTES = 64;

export interface FollowRequest {
  /** Absolute path; the file may come later, and may be started anew by the next bitbake call. */
  readonly path: string;
  /** One line without its line end. */
  readonly onLine: (line: string) => void;
  /** Ends the following after one last read of what is there. */
  readonly signal: AbortSignal;
  /** Milliseconds between two looks; default and least 250. Tests bring their own waiting. */
  readonly wait?: (signal: AbortSignal) => Promise<void>;
}

export interface FollowedLog {
  /** Lines that were longer than 64 MiB and were left out. */
  readonly skippedLines: number;
}

interface Place {
  handle: FileHandle | undefined;
  offset: number;
  /** The first bytes of the file: others mean that it was started anew. */
  head: Buffer;
}

/**
 * Hands on the lines of a file that grows, until the signal aborts and everything written by then was read. Copes with
 * a file that is absent, cut, or replaced: then it reads from the beginning again. Memory stays flat whatever the file
 * holds. Throws only what `onLine` throws; a file that cannot be read is one that is not there yet.
 */
export async function followEventLog(request: FollowRequest): Promise<FollowedLog> {
  const { signal, onLine, wait = waitForPoll } = request;
  const place: Place = { handle: undefined, offset: 0, head: Buffer.alloc(0) };
  const lines = createLineSplitter(onLine);
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  try {
    for (;;) {
      // Looked at before the read, so that nothing written before the abort is missed.
      const isLast = signal.aborted;
      await readOn(request.path, place, lines, piece);
      if (isLast) break;
      await wait(signal);
    }
    lines.end();
  } finally {
    await place.handle?.close();
  }
  return { skippedLines: lines.skipped() };
}

async function waitForPoll(signal: AbortSignal): Promise<void> {
  // An abort ends the waiting; the loop sees it.
  await sleep(POLL_MS, undefined, { signal }).catch(() => {});
}

async function readOn(path: string, place: Place, lines: LineSplitter, piece: Buffer): Promise<void> {
  if (await wasReplaced(path, place)) {
    await place.handle?.close();
    place.handle = undefined;
    place.offset = 0;
    place.head = Buffer.alloc(0);
    lines.restart();
  }
  place.handle ??= await openIfThere(path);
  if (place.handle === undefined) return;
  for (;;) {
    const { bytesRead } = await place.handle.read(piece, 0, piece.length, place.offset);
    if (bytesRead === 0) return;
    if (place.head.length < HEAD_BYTES) await readHead(place.handle, place);
    place.offset += bytesRead;
    lines.push(piece.subarray(0, bytesRead));
  }
}

/** True when the path now leads to another file, or to the same one with less or other content. */
async function wasReplaced(path: string, place: Place): Promise<boolean> {
  if (place.handle === undefined) return false;
  const now = await openIfThere(path);
  // Removed: what is still unread is read through the handle; the next file replaces it.
  if (now === undefined) return false;
  try {
    const [here, there] = await Promise.all([place.handle.stat(), now.stat()]);
    if (here.ino !== there.ino || here.dev !== there.dev || there.size < place.offset) return true;
    const head = Buffer.alloc(place.head.length);
    await now.read(head, 0, head.length, 0);
    return !head.equals(place.head);
  } finally {
    await now.close();
  }
}

async function readHead(handle: FileHandle, place: Place): Promise<void> {
  const head = Buffer.alloc(HEAD_BYTES);
  const { bytesRead } = await handle.read(head, 0, head.length, 0);
  place.head = head.subarray(0, bytesRead);
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
