import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';

const CHUNK_BYTES = 1024 * 1024;

export interface FileDigest {
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** Reads the file once and answers size and sha256. Throws the signal's reason when aborted. */
export async function digestFile(path: string, signal?: AbortSignal): Promise<FileDigest> {
  const handle = await open(path, 'r');
  try {
    return await digestWhile(handle, async () => {}, signal);
  } finally {
    await handle.close();
  }
}

/** Reads an open file from its start, hands each chunk to `use` (valid until it settles), and digests what it handed out. */
export async function digestWhile(
  handle: FileHandle,
  use: (chunk: Uint8Array) => Promise<void>,
  signal?: AbortSignal,
): Promise<FileDigest> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let position = 0;
  for (;;) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, position);
    if (bytesRead === 0) return { sizeBytes: position, sha256: hash.digest('hex') };
    const chunk = buffer.subarray(0, bytesRead);
    const used = use(chunk);
    hash.update(chunk);
    await used;
    position += bytesRead;
  }
}
