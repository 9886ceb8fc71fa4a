import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder, syncFolder } from './atomic-file.ts';
import { writeError } from './file-errors.ts';

const NEWLINE = 0x0a;
const WINDOW_BYTES = 64 * 1024;

/**
 * Appends one line and its newline in a single write and returns after it is on disk. A torn last line that an
 * earlier crash or full disk left is cut off first, so that it can never end up in the middle of the file.
 * One writer at a time. Throws tool `disk.full`.
 */
export async function appendDurably(path: string, line: string): Promise<void> {
  if (line.includes('\n')) throw new Error('a line to append holds a line end');
  await makeFolder(dirname(path));
  try {
    const handle = await open(path, 'a+');
    try {
      const wasEmpty = (await cutTornLine(handle)) === 0;
      await handle.appendFile(`${line}\n`);
      await handle.sync();
      if (wasEmpty) await syncFolder(dirname(path));
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw writeError(error, path);
  }
}

/** Cuts everything after the last newline; answers the size that is left, in bytes. */
async function cutTornLine(handle: FileHandle): Promise<number> {
  const { size } = await handle.stat();
  const whole = await endOfLastLine(handle, size);
  if (whole < size) await handle.truncate(whole);
  return whole;
}

async function endOfLastLine(handle: FileHandle, size: number): Promise<number> {
  const window = Buffer.alloc(WINDOW_BYTES);
  for (let end = size; end > 0; end -= Math.min(end, WINDOW_BYTES)) {
    const start = Math.max(0, end - WINDOW_BYTES);
    const { bytesRead } = await handle.read(window, 0, end - start, start);
    const at = window.subarray(0, bytesRead).lastIndexOf(NEWLINE);
    if (at !== -1) return start + at + 1;
  }
  return 0;
}
