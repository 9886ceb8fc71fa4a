import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { inputChanged } from './compress-file.ts';

const CHUNK_BYTES = 1024 * 1024;

export interface FileDigests {
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly md5: string;
}

/** Digests a file in one pass. Throws conflict `lab.input-changed`, and the signal's reason. */
export async function digestFile(path: string, signal: AbortSignal): Promise<FileDigests> {
  const handle = await open(path, 'r');
  try {
    const before = await handle.stat();
    const [sha256, md5] = [createHash('sha256'), createHash('md5')];
    const memory = Buffer.allocUnsafe(CHUNK_BYTES);
    let sizeBytes = 0;
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead } = await handle.read(memory, 0, CHUNK_BYTES, sizeBytes);
      if (bytesRead === 0) break;
      sizeBytes += bytesRead;
      sha256.update(memory.subarray(0, bytesRead));
      md5.update(memory.subarray(0, bytesRead));
    }
    const after = await handle.stat();
    if (after.size !== sizeBytes || after.mtimeMs !== before.mtimeMs) throw inputChanged(path);
    return { sizeBytes, sha256: sha256.digest('hex'), md5: md5.digest('hex') };
  } finally {
    await handle.close();
  }
}

/** What is in a gzip file, read to its end. */
export interface GzipContent {
  readonly sizeBytes: number;
  /** md5 of the compressed bytes. */
  readonly md5: string;
  readonly plain: { readonly sizeBytes: number; readonly sha256: string };
}

/** Unpacks a gzip file without keeping it; undefined when it is damaged. Throws the signal's reason. */
export async function readGzip(path: string, signal: AbortSignal): Promise<GzipContent | undefined> {
  const handle = await open(path, 'r');
  const [md5, sha256] = [createHash('md5'), createHash('sha256')];
  let [sizeBytes, plainBytes] = [0, 0];
  try {
    await pipeline(
      handle.createReadStream({ autoClose: false, highWaterMark: CHUNK_BYTES }),
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          md5.update(chunk);
          sizeBytes += chunk.length;
          yield chunk;
        }
      },
      createGunzip({ chunkSize: CHUNK_BYTES }),
      async (chunks: AsyncIterable<Buffer>) => {
        for await (const chunk of chunks) {
          sha256.update(chunk);
          plainBytes += chunk.length;
        }
      },
      { signal },
    );
  } catch (error) {
    signal.throwIfAborted();
    if (isDamage(error)) return undefined;
    throw error;
  } finally {
    await handle.close();
  }
  return {
    sizeBytes,
    md5: md5.digest('hex'),
    plain: { sizeBytes: plainBytes, sha256: sha256.digest('hex') },
  };
}

function isDamage(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^Z_/.test(String(error.code));
}

/** What the stock client takes for compressed already and sends as it is: gzip and zip, by their first bytes. */
export async function isCompressed(path: string): Promise<boolean> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    const start = buffer.subarray(0, bytesRead).toString('hex');
    return /^1f8b08/.test(start) || /^504b(03|05|07)(04|06|08)$/.test(start);
  } finally {
    await handle.close();
  }
}
