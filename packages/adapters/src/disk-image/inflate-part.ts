import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import type { ManifestPart } from '@osrel/core';

/** What an image reader appends to the last part: an empty final block ends the deflate stream. */
const DEFLATE_END = Buffer.from([0x03, 0x00]);
const CHUNK_BYTES = 1024 * 1024;

export interface PartFile {
  readonly path: string;
  readonly sizeBytes: number;
}

/** What a part inflated to; `failure` says why the compressed bytes are no part at all. */
export interface InflatedPart {
  /** CRC-32 and size of the plain bytes. */
  readonly crc: number;
  readonly lengthBytes: number;
  /** Hex SHA-256 of the compressed bytes; only of those read so far after a failure. */
  readonly sha256: string;
  readonly failure?: string;
}

/**
 * Inflates one part and hands its plain bytes to `take` in order, never more than the part's `len`. The part must be
 * open-ended (no final block), else whatever follows it would be lost when the parts are joined.
 */
export async function inflatePart(
  file: PartFile,
  part: ManifestPart,
  take: (plain: Buffer) => Promise<void>,
): Promise<InflatedPart> {
  const hash = createHash('sha256');
  const inflate = createInflateRaw({ chunkSize: CHUNK_BYTES });
  const source = Readable.from(endedBytes(file.path, hash), {
    objectMode: false,
    highWaterMark: CHUNK_BYTES,
  });
  source.on('error', (error) => inflate.destroy(error));
  source.pipe(inflate);
  let crc = 0;
  let lengthBytes = 0;
  const inflated = (failure?: string): InflatedPart => ({
    crc,
    lengthBytes,
    sha256: hash.copy().digest('hex'),
    ...(failure === undefined ? {} : { failure }),
  });
  try {
    for await (const plain of inflate) {
      if (!Buffer.isBuffer(plain)) throw new TypeError('zlib gave something else than bytes');
      lengthBytes += plain.length;
      if (lengthBytes > part.len) return inflated(`len: manifest ${part.len}, inflates to more`);
      crc = crc32(plain, crc);
      await take(plain);
    }
  } catch (error) {
    if (!isZlibError(error)) throw error;
    return inflated(`is no deflate stream behind plain byte ${lengthBytes}: ${error.message}`);
  } finally {
    source.destroy();
  }
  const expected = file.sizeBytes + DEFLATE_END.length;
  if (inflate.bytesWritten === expected) return inflated();
  return inflated(`ends its deflate stream at byte ${inflate.bytesWritten} of ${expected}`);
}

async function* endedBytes(path: string, hash: Hash): AsyncGenerator<Buffer, void, undefined> {
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) {
    if (!Buffer.isBuffer(chunk))
      throw new TypeError('a file without encoding gave something else than bytes');
    hash.update(chunk);
    yield chunk;
  }
  yield DEFLATE_END;
}

function isZlibError(error: unknown): error is Error {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    /^Z_|^ERR_.*ZLIB/.test(error.code)
  );
}
