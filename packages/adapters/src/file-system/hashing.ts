import { createHash } from 'node:crypto';
import type { FileDigest } from './file-digest.ts';

/** A stage of a stream pipeline that lets everything through and digests it. */
export interface Hashing {
  readonly pass: (chunks: AsyncIterable<Uint8Array>) => AsyncGenerator<Uint8Array, void>;
  /** Of everything that went through; to be called once, at the end. */
  readonly result: () => FileDigest;
}

export function createHashing(): Hashing {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  return {
    async *pass(chunks) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        sizeBytes += chunk.length;
        yield chunk;
      }
    },
    result: () => ({ sizeBytes, sha256: hash.digest('hex') }),
  };
}
