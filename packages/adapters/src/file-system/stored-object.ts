import type { StoredObject } from '@osrel/core';
import { z } from 'zod';
import { isMissing } from '../if-present.ts';
import { digestFile } from './file-digest.ts';
import { findJson } from './json-file.ts';
import { findFingerprint, fingerprintSchema, isSameFingerprint } from './stored-content.ts';
import type { WorldLayout } from './world-layout.ts';

const objectRecordSchema = z.object({
  fingerprint: fingerprintSchema,
  sha256: z.string(),
  mediaType: z.string(),
  visibility: z.enum(['public', 'private']),
  /** Counts the writes of this key. */
  generation: z.number().int().positive(),
});
/** What is known of an object besides its content. */
export type ObjectRecord = z.infer<typeof objectRecordSchema>;

const sidecarSchema = z.object({ records: z.array(objectRecordSchema) });

/** Records of a key: one, or two while (or since) a write was cut short; the newer one last. */
export async function findSidecar(layout: WorldLayout, key: string): Promise<readonly ObjectRecord[]> {
  return (await findJson(layout.sidecarPath(key), sidecarSchema))?.records ?? [];
}

export function storedObject(key: string, record: ObjectRecord): StoredObject {
  return {
    key,
    sizeBytes: record.fingerprint.sizeBytes,
    sha256: record.sha256,
    etag: `${record.generation}-${record.sha256.slice(0, 16)}`,
    visibility: record.visibility,
  };
}

/**
 * The object as its file is now. A file without a fitting record (laid there or changed by hand, copied with the
 * world) is digested; it is private unless a record says otherwise.
 */
export async function findStoredObject(layout: WorldLayout, key: string): Promise<StoredObject | undefined> {
  const fingerprint = await findFingerprint(layout.objectPath(key));
  if (fingerprint === undefined) return undefined;
  const records = await findSidecar(layout, key);
  const known = records.find((record) => isSameFingerprint(record.fingerprint, fingerprint));
  return known === undefined ? digestObject(layout, key) : storedObject(key, known);
}

async function digestObject(layout: WorldLayout, key: string): Promise<StoredObject | undefined> {
  try {
    const { sizeBytes, sha256 } = await digestFile(layout.objectPath(key));
    const records = await findSidecar(layout, key);
    const same = records.findLast((record) => record.sha256 === sha256);
    if (same !== undefined) return storedObject(key, same);
    const visibility = records.at(-1)?.visibility ?? 'private';
    return { key, sizeBytes, sha256, etag: `0-${sha256.slice(0, 16)}`, visibility };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
