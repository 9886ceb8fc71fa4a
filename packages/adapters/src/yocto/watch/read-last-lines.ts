import { open } from 'node:fs/promises';

/** Enough for many lines of any sane log; of a longer line the beginning is missing. */
const TAIL_BYTES = 256 * 1024;

/**
 * The last lines of a text file (absolute path), at most that many, without their ends; read from its end, so that a file
 * of gigabytes costs no more than one of 256 KiB. Undefined when it is not there or cannot be read.
 */
export async function readLastLines(path: string, count: number): Promise<readonly string[] | undefined> {
  try {
    const handle = await open(path, 'r');
    try {
      const { size } = await handle.stat();
      const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, size - buffer.length);
      return lastOf(buffer.toString('utf8', 0, bytesRead), count, size > TAIL_BYTES);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

function lastOf(text: string, count: number, isCut: boolean): readonly string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  // The first line of a piece is seldom whole; alone it is better than nothing.
  if (isCut && lines.length > 1) lines.shift();
  return lines.slice(-count);
}
