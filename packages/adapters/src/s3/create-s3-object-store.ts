import { createHash } from 'node:crypto';
import type { ObjectStore, StoredObject, Visibility } from '@osrel/core';
import { createAbilities } from './find-abilities.ts';
import { findObject, findVisibility } from './find-object.ts';
import { listFolderNames, listObjects } from './list-objects.ts';
import { putFile } from './put-file.ts';
import { createContentReader } from './read-content.ts';
import { removeObject } from './remove-object.ts';
import { connectS3 } from './s3-connection.ts';
import { S3_LIMITS, type S3Limits } from './s3-limits.ts';
import type { S3StoreOptions } from './s3-store-options.ts';
import { createS3Session } from './send-request.ts';
import { createSlotPool, type SlotPool } from './slot-pool.ts';
import { type StoreParts, writeObject } from './write-object.ts';

/**
 * A bucket of S3 or of a server that speaks its protocol. What differs between these (conditional writes, checksums,
 * access control lists) is found out by trying, before the first write that needs it; where something is missing, a
 * slower way that is as safe is taken. Costs nothing until it is first used.
 */
export function createS3ObjectStore(options: S3StoreOptions, limits: S3Limits = S3_LIMITS): ObjectStore {
  const session = createS3Session(options.bucket, options.clock, () => connectS3(options, limits));
  const abilities = createAbilities(session, options);
  const parts: StoreParts = { session, options, abilities, limits };
  const slots = createSlots(limits);
  const reader = createContentReader(session, options.clock, options.random);
  return {
    ...reader,
    list: (prefix) => listObjects(session, prefix),
    listFolders: (prefix) => listFolderNames(session, prefix),
    find: (key) => findWithVisibility(parts, key),
    putFile: (request) => putFile(parts, slots, request),
    putText: ({ text, ...request }) => {
      const bytes = Buffer.from(text);
      return writeObject(parts, {
        ...request,
        bytes,
        isHashed: true,
        sha256: createHash('sha256').update(bytes).digest('hex'),
      });
    },
    remove: (key) => removeObject(session, key),
  };
}

/** Small files do not wait behind large ones, nor take their buffers. */
function createSlots({ slots, partBytes, spreadBytes, smallSlots, smallBytes }: S3Limits): SlotPool {
  const large = createSlotPool(slots, partBytes + spreadBytes);
  const small = createSlotPool(smallSlots, smallBytes);
  return {
    acquire: (bytes, signal) => (bytes <= smallBytes ? small : large).acquire(bytes, signal),
  };
}

async function findWithVisibility(parts: StoreParts, key: string): Promise<StoredObject | undefined> {
  const found = await findObject(parts.session, key);
  if (found === undefined) return undefined;
  const { sizeBytes, sha256, etag } = found;
  return { key, sizeBytes, sha256, etag, visibility: await visibilityOf(parts, key) };
}

/** Null where lists are not kept: a server that forgets them shows every object as private. */
async function visibilityOf(
  { session, options, abilities }: StoreParts,
  key: string,
): Promise<Visibility | null> {
  if (options.acl === 'none') return null;
  const keepsLists = (await abilities.knownWrites())?.accessLists;
  if (keepsLists === false) return null;
  const visibility = await findVisibility(session, key);
  return keepsLists === true || visibility === 'public' ? visibility : null;
}
