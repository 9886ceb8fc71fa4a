import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** Writes what comes to the path: a temporary name beside it first, so that nobody ever sees half of it. */
export async function placeWholeFile(
  path: string,
  content: AsyncIterable<Uint8Array> | NodeJS.ReadableStream,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.osrel-${randomUUID()}.tmp`;
  try {
    await pipeline(content, createWriteStream(temporary, { flags: 'wx' }), { signal });
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}
