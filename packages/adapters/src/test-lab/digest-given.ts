import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { GivenFile, ReleaseFile } from '@osrel/core';

/** A file of the release with the digest and size of the bytes that lie there now. Throws what reading it throws. */
export async function digestGiven(file: ReleaseFile, signal: AbortSignal): Promise<GivenFile> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of createReadStream(file.path, { signal, highWaterMark: 1024 * 1024 })) {
    hash.update(chunk);
    sizeBytes += chunk.length;
  }
  return { name: file.name, sizeBytes, sha256: hash.digest('hex') };
}
