import { link, mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, notPermitted, toolFailed } from '@osrel/core';
import { isMissing } from '../../if-present.ts';
import { compressFile } from './compress-file.ts';
import { digestFile, type GzipContent, readGzip } from './digest-file.ts';
import type { CacheOwner } from './in-use-owner.ts';
import type { WorkFollower } from './share-work.ts';

export interface TransportCacheOptions {
  /** Absolute path, made when absent: compressed files by the sha256 of what is in them. */
  readonly folder: string;
  readonly owner: () => Promise<CacheOwner>;
  readonly clock: Clock;
  /** Compressed files that are kept for later runs; default 4: image, flasher image, raw image, hostapp. */
  readonly kept?: number;
}

/** A compressed file; its path stays good as long as this osrel lives. */
export interface TransportFile extends GzipContent {
  readonly path: string;
  /** False when an earlier run had compressed it. */
  readonly isNew: boolean;
}

export type CompressForTransport = (source: string, follower: WorkFollower) => Promise<TransportFile>;

const IN_USE = 'in-use';
const CACHED = /^([0-9a-f]{64})\.gz$/;
const DEFAULT_KEPT = 4;
const NOT_WRITABLE: ReadonlySet<unknown> = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST']);
const FOREIGN_AGE_MS = 24 * 3600 * 1000;

interface Cache {
  readonly folder: string;
  /** Folder of this osrel, with a link to each file it uses: what others remove from the cache stays there. */
  readonly own: string;
  readonly owner: CacheOwner;
  readonly clock: Clock;
  readonly kept: number;
}

/**
 * Makes a function that compresses a file once for all runs that share the folder. An earlier result is used when the
 * source has the same sha256 now and the compressed file unpacks to exactly that; both are read to the end each time.
 * Throws tool `disk.full`, permission `lab.cache-not-writable`, conflict `lab.input-changed` and the signal's reason.
 */
export function createTransportCache(options: TransportCacheOptions): CompressForTransport {
  let opened: Promise<Cache> | undefined;
  let partials = 0;
  return (source, follower) =>
    explainFailure(options.folder, async () => {
      opened ??= openCache(options);
      opened.catch(() => {
        opened = undefined;
      });
      const cache = await opened;
      const names = await listCached(cache.folder);
      const earlier = names.length === 0 ? undefined : await findEarlier(cache, source, follower.signal);
      if (earlier !== undefined) return { ...earlier, isNew: false };
      partials += 1;
      const fresh = await compressInto(cache, source, `${partials}.partial`, follower);
      await removeOld(cache);
      return { ...fresh, isNew: true };
    });
}

async function openCache({
  folder,
  owner,
  clock,
  kept = DEFAULT_KEPT,
}: TransportCacheOptions): Promise<Cache> {
  const self = await owner();
  const own = join(folder, IN_USE, self.name);
  await mkdir(own, { recursive: true });
  await removeLeftovers(join(folder, IN_USE), self, clock);
  return { folder, own, owner: self, clock, kept };
}

/** Links of osrels that have ended; those of another container only after a day, because nobody can ask for them. */
async function removeLeftovers(folder: string, self: CacheOwner, clock: Clock): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name === self.name) continue;
    const path = join(folder, name);
    const isOld = Date.parse(clock.now()) - (await modifiedAt(path)) > FOREIGN_AGE_MS;
    if (isOld || (await self.isGone(name))) await rm(path, { recursive: true, force: true });
  }
}

async function findEarlier(
  cache: Cache,
  source: string,
  signal: AbortSignal,
): Promise<Omit<TransportFile, 'isNew'> | undefined> {
  const { sha256, sizeBytes } = await digestFile(source, signal);
  const cached = join(cache.folder, `${sha256}.gz`);
  const path = await linkForUse(cached, join(cache.own, `${sha256}.gz`));
  if (path === undefined) return undefined;
  const content = await readGzip(path, signal);
  if (content?.plain.sha256 === sha256 && content.plain.sizeBytes === sizeBytes) {
    const now = new Date(cache.clock.now());
    await utimes(path, now, now);
    return { path, ...content };
  }
  await Promise.all([cached, path].map((each) => rm(each, { force: true })));
  return undefined;
}

/** The path to use it under; undefined when there is none. A file system without links lends the cached path itself. */
async function linkForUse(cached: string, own: string): Promise<string | undefined> {
  try {
    await link(cached, own);
    return own;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST') return own;
    if (isMissing(error)) return undefined;
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'EOPNOTSUPP' || code === 'EMLINK') return cached;
    throw error;
  }
}

async function compressInto(
  { folder, own }: Cache,
  source: string,
  partialName: string,
  { signal, onPercent }: WorkFollower,
): Promise<Omit<TransportFile, 'isNew'>> {
  const partial = join(own, partialName);
  try {
    const compressed = await compressFile({ source, target: partial, signal, onPercent });
    const name = `${compressed.plain.sha256}.gz`;
    const path = join(own, name);
    await rename(partial, path);
    // Visible to others only now, whole and on disk. Whoever was quicker has put the same content there.
    const published = await linkForUse(path, join(folder, name));
    if (published === path) await rename(path, join(folder, name));
    return { path: published === path ? join(folder, name) : path, ...compressed };
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** Keeps those used last. Another osrel that still uses one of the others has a link of its own to it. */
async function removeOld({ folder, kept }: Cache): Promise<void> {
  const names = await listCached(folder);
  const ages = await Promise.all(
    names.map(async (name) => ({ name, usedAt: await modifiedAt(join(folder, name)) })),
  );
  const old = ages.sort((left, right) => right.usedAt - left.usedAt).slice(kept);
  for (const { name } of old) await rm(join(folder, name), { force: true });
}

async function listCached(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => CACHED.test(name));
}

/** Milliseconds; 0 for what has gone meanwhile. */
async function modifiedAt(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}

async function explainFailure<Value>(folder: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      throw toolFailed('disk.full', `no room left in ${folder}, where the compressed image for tests goes`, {
        hint: `free some space there, then run again; ${folder} itself may be removed at any time`,
        cause: error,
      });
    }
    if (NOT_WRITABLE.has(code) && error instanceof Error && error.message.includes(folder)) {
      throw notPermitted('lab.cache-not-writable', `${folder} cannot be made or written (${code})`, {
        hint: 'correct its owner, or remove it',
        cause: error,
      });
    }
    throw error;
  }
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;
