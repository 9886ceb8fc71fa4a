import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type AttachAssetRequest,
  conflict,
  type OsrelError,
  type ReleaseAsset,
  type ReleaseAssets,
} from '@osrel/core';
import { z } from 'zod';
import { findText } from '../if-present.ts';
import { type BeforeCommit, moveIntoPlace, removeDurably } from './atomic-file.ts';
import { digestFile } from './file-digest.ts';
import { findJson, writeJson } from './json-file.ts';
import { listFilesBelow } from './list-files.ts';
import { getReleaseRecord, type ReleaseRecord, releaseResource } from './release-files.ts';
import {
  type Fingerprint,
  findFingerprint,
  fingerprintSchema,
  isSameFingerprint,
  takeCopy,
} from './stored-content.ts';
import { checkKey, type WorldLayout } from './world-layout.ts';
import type { WorldLock } from './world-lock.ts';

export interface LocalReleaseAssetsOptions {
  readonly layout: WorldLayout;
  readonly lock: WorldLock;
  readonly beforeCommit?: BeforeCommit | undefined;
}

const rowSchema = z.object({
  key: z.string(),
  sizeBytes: z.number().int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  mediaType: z.string(),
  fingerprint: fingerprintSchema,
});
type Row = z.infer<typeof rowSchema>;

const ROW = '.asset.json';

/**
 * Files of a release: content in `assets/content/<sha256>`, and a row `assets/rows/<key>.asset.json` that gives it
 * a name. The commit point of an attachment is the rename of the row; content without a row is nobody's. Content
 * that no row names any more is removed last. A content changed by hand is digested anew when it is listed.
 */
export function createLocalReleaseAssets(options: LocalReleaseAssetsOptions): ReleaseAssets {
  const { layout, lock } = options;
  return {
    async list(releaseId) {
      const folder = assetsFolder(layout, await getReleaseRecord(layout, releaseId));
      return Promise.all((await listRows(folder)).map((row) => assetOf(folder, row)));
    },
    async attach(request) {
      checkKey(request.key);
      const folder = assetsFolder(layout, await getReleaseRecord(layout, request.releaseId));
      const temporary = await takeCopy(
        { ...request, what: `asset "${request.key}"` },
        join(folder, 'content'),
        request.signal,
      );
      try {
        const asset = await lock(releaseResource(request.releaseId), () =>
          attachAsset(options, { folder, temporary, request }),
        );
        request.onSent?.(request.sizeBytes);
        return asset;
      } finally {
        await rm(temporary, { force: true });
      }
    },
    async readDigest(releaseId, key, signal) {
      const folder = assetsFolder(layout, await getReleaseRecord(layout, releaseId));
      const row = await findJson(rowPath(folder, key), rowSchema);
      const path = row === undefined ? undefined : contentPath(folder, row.sha256);
      if (path === undefined || (await findFingerprint(path)) === undefined) return undefined;
      return digestFile(path, signal);
    },
    async readText(releaseId, key) {
      const folder = assetsFolder(layout, await getReleaseRecord(layout, releaseId));
      const row = await findJson(rowPath(folder, key), rowSchema);
      return row === undefined ? undefined : findText(contentPath(folder, row.sha256));
    },
  };
}

interface Attachment {
  readonly folder: string;
  readonly temporary: string;
  readonly request: AttachAssetRequest;
}

async function attachAsset(
  { layout, beforeCommit }: LocalReleaseAssetsOptions,
  { folder, temporary, request }: Attachment,
): Promise<ReleaseAsset> {
  const { key, sha256, sizeBytes, mediaType } = request;
  const release = await getReleaseRecord(layout, request.releaseId);
  const before = await findJson(rowPath(folder, key), rowSchema);
  const attached = before === undefined ? undefined : await assetOf(folder, before);
  if (attached?.isComplete === true && attached.sha256 === sha256 && before?.mediaType === mediaType)
    return attached;
  if (release.isFinal) throw assetsFrozen(release, key);
  await moveIntoPlace(temporary, contentPath(folder, sha256), beforeCommit);
  const fingerprint = await getFingerprint(contentPath(folder, sha256));
  const row = { key, sizeBytes, sha256, mediaType, fingerprint };
  await writeJson(rowPath(folder, key), row, beforeCommit);
  if (before !== undefined && before.sha256 !== sha256)
    await dropUnnamed(folder, before.sha256, beforeCommit);
  return assetOf(folder, row);
}

async function assetOf(folder: string, row: Row): Promise<ReleaseAsset> {
  const path = contentPath(folder, row.sha256);
  const fingerprint = await findFingerprint(path);
  if (fingerprint === undefined) return { key: row.key, sizeBytes: 0, sha256: null, isComplete: false };
  const { sizeBytes, sha256 } = isSameFingerprint(fingerprint, row.fingerprint)
    ? row
    : await digestFile(path);
  return { key: row.key, sizeBytes, sha256, isComplete: true };
}

async function dropUnnamed(folder: string, sha256: string, beforeCommit?: BeforeCommit): Promise<void> {
  if ((await listRows(folder)).some((row) => row.sha256 === sha256)) return;
  await removeDurably(contentPath(folder, sha256), beforeCommit);
}

async function listRows(folder: string): Promise<readonly Row[]> {
  const rows = join(folder, 'rows');
  const names = (await listFilesBelow(rows)).filter((name) => name.endsWith(ROW));
  const found = await Promise.all(names.map((name) => findJson(join(rows, name), rowSchema)));
  return found.filter((row) => row !== undefined).toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

async function getFingerprint(path: string): Promise<Fingerprint> {
  const fingerprint = await findFingerprint(path);
  if (fingerprint === undefined) throw new Error(`${path} vanished while it was attached`);
  return fingerprint;
}

function assetsFolder(layout: WorldLayout, { application, id }: ReleaseRecord): string {
  return join(layout.releaseFolder(application, id), 'assets');
}

function rowPath(folder: string, key: string): string {
  return join(folder, 'rows', `${checkKey(key)}${ROW}`);
}

function contentPath(folder: string, sha256: string): string {
  return join(folder, 'content', sha256);
}

function assetsFrozen({ id, application }: ReleaseRecord, key: string): OsrelError {
  return conflict(
    'release.assets-frozen',
    `release ${id} of ${application} is final, its asset "${key}" cannot change`,
    {
      hint: 'make a new release; "osrel verify" tells what the final one has',
    },
  );
}
