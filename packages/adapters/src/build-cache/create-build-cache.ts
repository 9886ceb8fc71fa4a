import { isAbsolute, join } from 'node:path';
import { asOsrelError, type CacheStore } from '@osrel/core';
import type { BuildCache, BuildCacheRequest } from '../build-cache.ts';
import type { CacheObjects } from './cache-objects.ts';
import { createDirectoryObjects } from './directory-objects.ts';
import { listFilesBelow } from './list-files-below.ts';
import { createS3Objects } from './s3-objects.ts';

export interface BuildCacheOptions {
  /** Absolute path of the repository root, which relative paths of settings start at. */
  readonly root: string;
  readonly readVariable: (name: string) => string | undefined;
}

const AT_ONCE = 8;

/**
 * Caches in directories and buckets (balena-workflow 4.4 and 4.5). Shared state lies under a key that holds slug and
 * signing, objects are named by what went into them, so that one that is there is never sent again. Only whole files
 * go in: what bitbake is still writing has another name.
 */
export function createBuildCache({ root, readVariable }: BuildCacheOptions): BuildCache {
  const open = (store: CacheStore): CacheObjects =>
    store.kind === 's3'
      ? createS3Objects(store, readVariable)
      : createDirectoryObjects(isAbsolute(store.path) ? store.path : join(root, store.path));
  return {
    restore: (request) =>
      tell(request, 'shared state was not restored', async () => {
        const { stateCache } = request.settings;
        if (stateCache === null || stateCache.read !== null) return;
        if (stateCache.store.kind === 'directory' && request.readsInPlace) return;
        await restoreState(open(stateCache.store), stateCache.key, request);
      }),
    save: async (request) => {
      const { stateCache, sourceMirror } = request.settings;
      await tell(request, 'shared state was not saved', async () => {
        if (stateCache?.save !== true) return;
        const files = await listFilesBelow(request.sharedState, { takes: isStateFile, descends: true });
        await send({ objects: open(stateCache.store), prefix: stateCache.key, what: 'shared state' }, files, {
          ...request,
          folder: request.sharedState,
        });
      });
      await tell(request, 'downloads were not mirrored', async () => {
        if (sourceMirror.write === null) return;
        const files = await listFilesBelow(request.downloads, { takes: isDownload, descends: false });
        await send({ objects: open(sourceMirror.write), prefix: '', what: 'downloads' }, files, {
          ...request,
          folder: request.downloads,
        });
      });
    },
  };
}

async function restoreState(objects: CacheObjects, key: string, request: BuildCacheRequest): Promise<void> {
  const kept = await objects.list(key);
  const present = await listFilesBelow(request.sharedState, { takes: isStateFile, descends: true });
  const due = [...kept.keys()].filter((name) => isSafeName(name) && !present.has(name));
  await eachAtOnce(due, request.signal, (name) =>
    objects.fetch(`${key}/${name}`, join(request.sharedState, name), request.signal),
  );
  request.onLine(
    `NOTE: shared state from ${objects.place}/${key}: ${due.length} of ${kept.size} files fetched`,
  );
}

interface Destination {
  readonly objects: CacheObjects;
  readonly prefix: string;
  readonly what: string;
}

async function send(
  { objects, prefix, what }: Destination,
  files: ReadonlyMap<string, number>,
  { folder, signal, onLine }: BuildCacheRequest & { readonly folder: string },
): Promise<void> {
  const kept = await objects.list(prefix);
  const due = [...files].filter(([name, size]) => kept.get(name) !== size);
  const nameOf = (name: string): string => (prefix === '' ? name : `${prefix}/${name}`);
  await eachAtOnce(due, signal, ([name]) => objects.store(nameOf(name), join(folder, name), signal));
  const bytes = due.reduce((sum, [, size]) => sum + size, 0);
  const place = prefix === '' ? objects.place : `${objects.place}/${prefix}`;
  onLine(`NOTE: ${what} to ${place}: ${due.length} new files, ${bytes} bytes, ${kept.size} there before`);
}

/** Objects of shared state and their signatures; not the marks and half files beside them. */
function isStateFile(name: string): boolean {
  return /^sstate[:_-]/.test(name) && !/\.(done|lock|tmp)$|\.tmp\.|\.osrel-/.test(name);
}

/** Source archives and the tarballs of repositories: files right in the folder (4.4). */
function isDownload(name: string): boolean {
  return !name.startsWith('.') && !/\.(done|lock|tmp|badchecksum)$|_bad-checksum_|\.osrel-/.test(name);
}

/** Names come from a bucket that others write to: none of them may lead out of the folder. */
function isSafeName(name: string): boolean {
  return (
    name.split('/').every((part) => part !== '' && part !== '.' && part !== '..') && !name.includes('\0')
  );
}

async function tell(request: BuildCacheRequest, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (request.signal.aborted) return;
    const reason = asOsrelError(error)?.message ?? (error instanceof Error ? error.message : String(error));
    request.onLine(`WARNING: ${what}: ${reason}`);
  }
}

async function eachAtOnce<Item>(
  items: readonly Item[],
  signal: AbortSignal,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const take = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      signal.throwIfAborted();
      await work(item);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, take));
}
