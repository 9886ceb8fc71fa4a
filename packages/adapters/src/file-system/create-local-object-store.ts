import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  conflict,
  type Expectation,
  type FetchFileRequest,
  type ObjectStore,
  type StoredObject,
  upstreamFailed,
  type Visibility,
} from '@osrel/core';
import { type BeforeCommit, moveIntoPlace, removeDurably } from './atomic-file.ts';
import { digestFile } from './file-digest.ts';
import { isBlocked } from './file-errors.ts';
import { findBytes, writeJson } from './json-file.ts';
import { listFilesBelow } from './list-files.ts';
import { findFingerprint, takeCopy, takeText } from './stored-content.ts';
import { findSidecar, findStoredObject, type ObjectRecord, storedObject } from './stored-object.ts';
import type { WorldLayout } from './world-layout.ts';
import type { WorldLock } from './world-lock.ts';

export interface LocalObjectStoreOptions {
  readonly layout: WorldLayout;
  readonly lock: WorldLock;
  readonly beforeCommit?: BeforeCommit | undefined;
}

interface Incoming {
  readonly key: string;
  /** The checked content, on disk, on the same file system. */
  readonly temporary: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly mediaType: string;
  readonly visibility: Visibility;
  readonly expected: Expectation;
}

/**
 * A bucket on a directory: `store/objects/<key>` is the content, `store/index/<key>.object.json` what else is known.
 *
 * A write (1) puts the checked content under a temporary name, (2) adds a record of it, recognised by inode, to
 * the sidecar beside the old record, (3) renames the content to its key: the commit point, (4) drops the old
 * record. A crash in between leaves the old object or the new one, each with its own record. A file that was
 * changed by hand is digested anew, so that the store never vouches for bytes it did not see.
 */
export function createLocalObjectStore(options: LocalObjectStoreOptions): ObjectStore {
  const { layout, lock, beforeCommit } = options;
  return {
    find: (key) => findStoredObject(layout, key),
    async list(prefix) {
      const keys = (await listFilesBelow(layout.objects)).filter((key) => key.startsWith(prefix));
      const found = await Promise.all(keys.map((key) => findStoredObject(layout, key)));
      return found.filter((object) => object !== undefined);
    },
    async listFolders(prefix) {
      const keys = (await listFilesBelow(layout.objects)).filter((key) => key.startsWith(prefix));
      const below = keys.map((key) => key.slice(prefix.length).split('/'));
      return [...new Set(below.flatMap(([folder = '', ...rest]) => (rest.length > 0 ? [folder] : [])))];
    },
    async readDigest(key, signal) {
      const path = layout.objectPath(key);
      return (await findFingerprint(path)) === undefined ? undefined : digestFile(path, signal);
    },
    fetchFile: (request) => fetchLocalFile(layout, request),
    readText: (key) => readConsistentText(layout, key),
    async putFile({ signal, onSent, ...request }) {
      layout.objectPath(request.key);
      const temporary = await takeCopy(
        { ...request, what: `object "${request.key}"` },
        layout.incoming,
        signal,
      );
      const stored = await putObject(options, { ...request, temporary });
      onSent?.(request.sizeBytes);
      return stored;
    },
    async putText({ text, ...request }) {
      layout.objectPath(request.key);
      return putObject(options, { ...request, ...(await takeText(text, layout.incoming)) });
    },
    remove: (key) =>
      lock(resourceOf(key), async () => {
        await removeDurably(layout.objectPath(key), beforeCommit);
        await removeDurably(layout.sidecarPath(key), beforeCommit);
      }),
  };
}

function resourceOf(key: string): string {
  return `object ${key}`;
}

async function putObject(
  { layout, lock, beforeCommit }: LocalObjectStoreOptions,
  incoming: Incoming,
): Promise<StoredObject> {
  try {
    return await lock(resourceOf(incoming.key), async () => {
      const before = await findStoredObject(layout, incoming.key);
      checkExpectation(incoming, before);
      const known = await findSidecar(layout, incoming.key);
      const current = known.filter((record) => storedObject(incoming.key, record).etag === before?.etag);
      // Where nothing is to be seen, what a cut write left behind was never anybody's generation.
      const seen = before === undefined ? [] : known;
      const record = await recordOf(incoming, Math.max(0, ...seen.map(({ generation }) => generation)) + 1);
      const sidecar = layout.sidecarPath(incoming.key);
      await writeJson(sidecar, { records: [...current, record] }, beforeCommit);
      await moveIntoPlace(incoming.temporary, layout.objectPath(incoming.key), beforeCommit);
      await writeJson(sidecar, { records: [record] }, beforeCommit);
      return storedObject(incoming.key, record);
    });
  } catch (error) {
    await rm(incoming.temporary, { force: true });
    throw isBlocked(error) ? keyBlocked(incoming.key, error) : error;
  }
}

async function recordOf(incoming: Incoming, generation: number): Promise<ObjectRecord> {
  const fingerprint = await findFingerprint(incoming.temporary);
  if (fingerprint === undefined) throw new Error(`temporary file ${incoming.temporary} vanished`);
  return {
    fingerprint,
    sha256: incoming.sha256,
    mediaType: incoming.mediaType,
    visibility: incoming.visibility,
    generation,
  };
}

function checkExpectation({ key, expected }: Incoming, found: StoredObject | undefined): void {
  if (expected.kind === 'anything') return;
  if (expected.kind === 'absent' && found === undefined) return;
  if (expected.kind === 'etag' && found?.etag === expected.etag) return;
  const wanted = expected.kind === 'absent' ? 'absent' : `at ${expected.etag}`;
  const now = found === undefined ? 'absent' : `at ${found.etag}`;
  throw conflict('store.precondition', `object "${key}" should be ${wanted} but is ${now}`, {
    hint: 'somebody else wrote it in the meantime; read it again and decide again',
    details: { key, expected: expected.kind === 'etag' ? expected.etag : null, found: found?.etag ?? null },
  });
}

function keyBlocked(key: string, cause: unknown): unknown {
  return upstreamFailed(
    'store.key-blocked',
    `key "${key}" cannot be stored: a key of its path is an object, or keys lie below it`,
    {
      hint: 'a directory cannot hold an object and keys below it; remove one of them',
      cause,
    },
  );
}

async function fetchLocalFile(
  layout: WorldLayout,
  { key, file, ...announced }: FetchFileRequest,
): Promise<void> {
  const { signal, ...digest } = announced;
  const source = { ...digest, file: layout.objectPath(key), what: `object "${key}"` };
  const temporary = await takeCopy(source, dirname(file), signal);
  await moveIntoPlace(temporary, file);
}

/** Text and etag of the same moment: the text is read again until it is the one the record speaks of. */
async function readConsistentText(layout: WorldLayout, key: string) {
  for (;;) {
    const object = await findStoredObject(layout, key);
    if (object === undefined) return undefined;
    const bytes = await findBytes(layout.objectPath(key));
    if (bytes === undefined) continue;
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (sha256 === object.sha256) return { text: bytes.toString('utf8'), etag: object.etag };
  }
}
