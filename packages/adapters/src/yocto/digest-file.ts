import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

// With 1 MiB pieces the hash is the limit, not the reading.
const PIECE_BYTES = 1024 * 1024;

/** sha256 of a file as lower-case hex. Throws the signal's reason when it aborts. */
export async function digestFile(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  const file = await open(path, 'r');
  try {
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead } = await file.read(piece, 0, PIECE_BYTES, null);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(piece.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}
