import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';

const MEBIBYTE = 1024 * 1024;
const SMALLEST_PART_BYTES = 5 * MEBIBYTE;
const USUAL_LEAST_BYTES = 16 * MEBIBYTE;
const USUAL_MOST_BYTES = 128 * MEBIBYTE;
const MOST_PARTS = 10_000;
const READ_BYTES = MEBIBYTE;

/** A stretch of a file that is sent by one request. */
export interface AssetPart {
  /** From 1. */
  readonly number: number;
  readonly startByte: number;
  readonly sizeBytes: number;
}

/** What the bytes of a file are, as read from its start to its end. */
export interface AssetFileDigests {
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Lower-case hex MD5 of each part, in order: what a store answers as ETag. */
  readonly partsMd5: readonly string[];
}

/**
 * Bytes of one part for a file of `sizeBytes`: a fourth of the file, so that four connections share it,
 * between 16 and 128 MiB; more only where ten thousand parts would not do (balena-workflow 5.7: 128 MiB, at
 * least 5 MiB).
 */
export function choosePartBytes(sizeBytes: number): number {
  const shared = Math.min(USUAL_MOST_BYTES, Math.max(USUAL_LEAST_BYTES, roundUp(sizeBytes / 4)));
  return Math.max(SMALLEST_PART_BYTES, shared, roundUp(sizeBytes / MOST_PARTS));
}

/** The MD5 of a part, told as soon as it is known. */
export type OnPartMd5 = (part: AssetPart, md5: string) => void;

/**
 * Reads a file once, from start to end, in pieces of one mebibyte. Tells the MD5 of each part once it is
 * known and answers size and sha256. Throws the signal's reason when aborted and whatever the file system
 * throws.
 */
export async function digestParts(
  file: string,
  parts: readonly AssetPart[],
  options: { readonly onPartMd5: OnPartMd5; readonly signal: AbortSignal },
): Promise<{ readonly sizeBytes: number; readonly sha256: string }> {
  const handle = await open(file, 'r');
  try {
    const whole = createHash('sha256');
    let sizeBytes = 0;
    for (const part of parts) {
      const md5 = createHash('md5');
      for await (const chunk of readStretch(handle, part, options.signal)) {
        whole.update(chunk);
        md5.update(chunk);
        sizeBytes += chunk.length;
      }
      options.onPartMd5(part, md5.digest('hex'));
    }
    const rest = await handle.stat();
    return { sizeBytes: Math.max(sizeBytes, rest.size), sha256: whole.digest('hex') };
  } finally {
    await handle.close();
  }
}

/**
 * The bytes of a part; each chunk is valid until the next one is asked for. Ends early where the file does.
 */
export async function* readStretch(
  handle: FileHandle,
  part: Pick<AssetPart, 'startByte' | 'sizeBytes'>,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, Math.max(1, part.sizeBytes)));
  let done = 0;
  while (done < part.sizeBytes) {
    signal.throwIfAborted();
    const wanted = Math.min(buffer.length, part.sizeBytes - done);
    const { bytesRead } = await handle.read(buffer, 0, wanted, part.startByte + done);
    if (bytesRead === 0) return;
    done += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / MEBIBYTE) * MEBIBYTE;
}
