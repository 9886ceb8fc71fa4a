import { createHash } from 'node:crypto';
import type { PutFileRequest } from '@osrel/core';
import type { MultipartAbilities } from './find-abilities.ts';
import type { StoredPart, UnfinishedUpload } from './find-uploads.ts';
import { type FileHash, openFileHash, type StretchUnderWay } from './hash-threads.ts';
import { type FinishedPart, uploadPart } from './multipart-requests.ts';
import { type FileParts, partSize } from './plan-parts.ts';
import { checkRead, type OpenFile } from './read-file.ts';
import { isNoSuchUpload } from './s3-errors.ts';
import type { S3Session } from './send-request.ts';
import type { SlotPool } from './slot-pool.ts';
import { checksumText, createPartChecksum, joinChecksums, type WholeChecksumName } from './whole-checksum.ts';

export interface Sending extends OpenFile {
  readonly plan: FileParts;
  readonly can: MultipartAbilities;
  readonly upload: UnfinishedUpload;
  readonly signal: AbortSignal;
  readonly report: (bytes: number) => void;
}

export interface SentParts {
  readonly parts: readonly FinishedPart[];
  /** Lower-case hex of the whole file. */
  readonly sha256: string | null;
  /** Checksum over the whole file; null where the store does not verify it. */
  readonly whole: { readonly name: WholeChecksumName; readonly text: string } | null;
}

interface ReadPart {
  readonly number: number;
  readonly bytes: Buffer;
  readonly checksum: {
    readonly name: WholeChecksumName;
    readonly value: bigint;
    readonly text: string;
  } | null;
}

/**
 * Reads the file once, in order, and sends what of it is not there yet, several parts at a time. The first failure ends
 * the others; parts that have arrived stay for the next try.
 */
export async function sendParts(session: S3Session, slots: SlotPool, sending: Sending): Promise<SentParts> {
  const hash = await openFileHash(sending.handle.fd);
  try {
    return await sendHashed(session, slots, { ...sending, hash });
  } finally {
    hash.close();
  }
}

interface Hashing extends Sending {
  /** Gets all bytes of the file, in order. */
  readonly hash: FileHash;
}

async function sendHashed(session: S3Session, slots: SlotPool, sending: Hashing): Promise<SentParts> {
  const { plan, can, upload } = sending;
  const stopping = new AbortController();
  const signal = AbortSignal.any([sending.signal, stopping.signal]);
  const underWay: Promise<void>[] = [];
  const finished: FinishedPart[] = [];
  let failure: { readonly error: unknown } | undefined;
  let whole = 0n;
  let sha256: string | null = null;
  const fail = (error: unknown): void => {
    failure ??= { error };
    stopping.abort();
  };
  for (let number = 1; number <= plan.count && failure === undefined; number += 1) {
    try {
      const slot = await slots.acquire(partSize(plan, number), signal);
      const bytes = slot.buffer.subarray(0, partSize(plan, number));
      const { read, hashed } = takePart(sending, number, bytes);
      // A part is hashed while it is sent, and while the next one is waited for; until then the buffer is taken.
      const isHashed = hashed.then((found) => {
        sha256 = found.sha256;
      });
      const reading = readPart(can, { number, bytes, read, position: (number - 1) * plan.partBytes });
      const arriving = reading
        .then((part) => arrive(session, { sending, part, stored: upload.parts.get(number), signal }))
        .then((done) => void finished.push(done));
      underWay.push(
        Promise.allSettled([arriving, isHashed])
          .then(() => Promise.all([arriving, isHashed]))
          .then(() => undefined, fail)
          .finally(slot.release),
      );
      arriving.catch(fail);
      const { checksum } = await reading;
      if (checksum !== null) whole = joinChecksums(checksum.name, [whole, checksum.value], bytes.length);
    } catch (error) {
      fail(error);
    }
  }
  await Promise.all(underWay);
  if (failure !== undefined) {
    sending.signal.throwIfAborted();
    throw failure.error;
  }
  return {
    parts: finished.sort((one, other) => one.number - other.number),
    sha256,
    whole:
      can.checksum === null || !can.verifiesWhole
        ? null
        : { name: can.checksum, text: checksumText(can.checksum, whole) },
  };
}

function takePart({ hash, plan }: Hashing, number: number, bytes: Buffer): StretchUnderWay {
  const position = (number - 1) * plan.partBytes;
  return hash.take({ bytes, position, isLast: number === plan.count });
}

interface Reading {
  readonly number: number;
  readonly bytes: Buffer;
  readonly position: number;
  readonly read: Promise<number>;
}

async function readPart(
  { checksum: name }: MultipartAbilities,
  { number, bytes, position, read }: Reading,
): Promise<ReadPart> {
  checkRead(await read, { position, bytes: bytes.length });
  if (name === null) return { number, bytes, checksum: null };
  const running = createPartChecksum(name);
  running.update(bytes);
  const value = running.value();
  return { number, bytes, checksum: { name, value, text: checksumText(name, value) } };
}

interface Arrival {
  readonly sending: Sending;
  readonly part: ReadPart;
  readonly stored: StoredPart | undefined;
  readonly signal: AbortSignal;
}

async function arrive(session: S3Session, { sending, part, stored, signal }: Arrival): Promise<FinishedPart> {
  const { number, bytes, checksum } = part;
  const request: PutFileRequest = sending.request;
  const etag =
    stored !== undefined && isSame(stored, part)
      ? stored.etag
      : await uploadPart(session, {
          key: request.key,
          uploadId: sending.upload.uploadId,
          number,
          bytes,
          proof: checksum === null ? { kind: 'md5', md5: md5Of(bytes) } : { kind: 'checksum', ...checksum },
          signal,
          expects: isNoSuchUpload,
        });
  sending.report(bytes.length);
  return { number, etag, checksum: checksum === null ? null : { name: checksum.name, text: checksum.text } };
}

/**
 * A 64-bit checksum that the store verified decides; else the ETag, which is the MD5 of the part. Where it is not
 * (encryption with a key of KMS), the part is sent again.
 */
function isSame(stored: StoredPart, { bytes, checksum }: ReadPart): boolean {
  if (stored.sizeBytes !== bytes.length) return false;
  const listed = checksum === null ? null : stored.checksums[checksum.name];
  if (listed !== null && listed !== checksum?.text) return false;
  if (listed !== null && checksum?.name === 'CRC64NVME') return true;
  return stored.etag === md5Of(bytes);
}

function md5Of(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}
