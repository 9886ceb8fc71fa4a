import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

// With 1 MiB pieces the hash is the limit, not the reading.
const PIECE_BYTES = 1024 * 1024;

/**
 * sha256 of a file as lower-case hex, reading each byte once; the next piece is read, on another thread, while this one
 * is summed. Throws the signal's reason when it aborts.
 */
export async function digestFile(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const file = await open(path, 'r');
  let current = Buffer.allocUnsafeSlow(PIECE_BYTES);
  let next = Buffer.allocUnsafeSlow(PIECE_BYTES);
  let reading = file.read(current, 0, PIECE_BYTES, null);
  try {
    for (;;) {
      const { bytesRead } = await reading;
      signal.throwIfAborted();
      if (bytesRead === 0) return hash.digest('hex');
      reading = file.read(next, 0, PIECE_BYTES, null);
      hash.update(current.subarray(0, bytesRead));
      [current, next] = [next, current];
    }
  } finally {
    // No read may still be under way when the file is closed.
    await reading.catch(() => undefined);
    await file.close();
  }
}
