import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { PutFileRequest, StoredObject } from '@osrel/core';
import { checkDigest, checkRead, notAnnounced, type OpenFile } from './read-file.ts';
import { isWrongContent } from './s3-errors.ts';
import type { SlotPool } from './slot-pool.ts';
import { uploadParts } from './upload-parts.ts';
import { type StoreParts, writeObject } from './write-object.ts';

/** Stores a file: a small one in one request, a large one in parts that a later process can go on with. */
export async function putFile(
  parts: StoreParts,
  slots: SlotPool,
  request: PutFileRequest,
): Promise<StoredObject> {
  const handle = await open(request.file, 'r');
  try {
    const { size } = await handle.stat();
    if (size !== request.sizeBytes) {
      throw notAnnounced(request, `it has ${size} bytes instead of ${request.sizeBytes}`);
    }
    return request.sizeBytes <= parts.limits.partBytes
      ? await putSmallFile(parts, slots, { request, handle })
      : await uploadParts(parts, slots, { request, handle });
  } finally {
    await handle.close();
  }
}

/**
 * Hashed once only: by the store, which refuses what was not announced, or here where it does not look. It has to read
 * all bytes anyway, and a refusal is rare.
 */
async function putSmallFile(
  parts: StoreParts,
  slots: SlotPool,
  { request, handle }: OpenFile,
): Promise<StoredObject> {
  const slot = await slots.acquire(request.sizeBytes, request.signal ?? new AbortController().signal);
  try {
    const bytes = slot.buffer.subarray(0, request.sizeBytes);
    await readAll(handle, bytes);
    const { proof } = await parts.abilities.writes(request.key);
    const object = { ...request, bytes, isHashed: proof === 'md5' };
    if (object.isHashed) checkDigest(request, sha256Of(bytes));
    const stored = await writeObject(parts, object).catch((error: unknown) => {
      if (!isWrongContent(error)) throw error;
      // Either the file is another one, or the bytes suffered on their way.
      checkDigest(request, sha256Of(bytes));
      return writeObject(parts, { ...object, isHashed: true });
    });
    request.onSent?.(request.sizeBytes);
    return stored;
  } finally {
    slot.release();
  }
}

async function readAll(handle: FileHandle, bytes: Buffer): Promise<void> {
  let from = 0;
  while (from < bytes.length) {
    const { bytesRead } = await handle.read(bytes, from, bytes.length - from, from);
    if (bytesRead === 0) break;
    from += bytesRead;
  }
  checkRead(from, { position: 0, bytes: bytes.length });
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
