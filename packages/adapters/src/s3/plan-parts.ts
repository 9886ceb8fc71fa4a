import { createHash } from 'node:crypto';
import { badConfig, type Visibility } from '@osrel/core';
import type { S3Limits } from './s3-limits.ts';
import type { S3StoreOptions } from './s3-store-options.ts';
import type { WholeChecksumName } from './whole-checksum.ts';

const MEBIBYTE = 1024 * 1024;
/** Parts end where the checksums take their longest strides. */
const SPREAD_STEP_BYTES = 16;
/** Of S3. */
const MOST_PARTS = 10_000;
/** Memory of the process is bounded: larger parts would not fit. */
const LARGEST_PART_BYTES = 128 * MEBIBYTE;

/** How a file is cut. All parts but the last have one size, as R2 wants it. */
export interface FileParts {
  readonly count: number;
  readonly partBytes: number;
  readonly sizeBytes: number;
}

export interface PartsQuestion {
  readonly key: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly mediaType: string;
  readonly visibility: Visibility;
  readonly checksum: WholeChecksumName | null;
}

/**
 * Cuts a file so that the size of its parts says what the upload was started for. An unfinished upload does not tell
 * its metadata, only its parts; with one of many part sizes by content and settings, a later process on any machine
 * knows that an upload is osrel's and for the same object. The parts' content is compared nevertheless.
 */
export function planParts(
  { sizeBytes, ...identity }: PartsQuestion,
  { acl, encryption, kmsKey }: Pick<S3StoreOptions, 'acl' | 'encryption' | 'kmsKey'>,
  limits: S3Limits,
): FileParts {
  const { key, sha256, mediaType, visibility, checksum } = identity;
  const needed = Math.ceil(sizeBytes / MOST_PARTS / SPREAD_STEP_BYTES) * SPREAD_STEP_BYTES;
  const least = Math.max(limits.partBytes, needed);
  if (least > LARGEST_PART_BYTES) {
    throw badConfig('store.file-too-large', `"${key}" has ${sizeBytes} bytes, too many for one object`, {
      hint: `the largest is ${LARGEST_PART_BYTES * MOST_PARTS} bytes: split it or compress it`,
    });
  }
  const about = [sha256, sizeBytes, mediaType, visibility, checksum, acl, encryption, kmsKey];
  const digest = createHash('sha256').update(JSON.stringify(about)).digest();
  const steps = Math.floor(limits.spreadBytes / SPREAD_STEP_BYTES);
  const spread = (digest.readUInt32BE() % steps) * SPREAD_STEP_BYTES;
  const partBytes = least + spread;
  return { count: Math.max(1, Math.ceil(sizeBytes / partBytes)), partBytes, sizeBytes };
}

/** Size of a part; numbers start with 1. */
export function partSize({ count, partBytes, sizeBytes }: FileParts, number: number): number {
  return number < count ? partBytes : sizeBytes - (count - 1) * partBytes;
}
