import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isMissing } from '../if-present.ts';
import { isTaken, writeError } from './file-errors.ts';
import { removeStaleTemporaries, temporaryPath } from './temporary-file.ts';

/** Called with the path right before a change becomes visible; a test may throw there to stand for a crash. */
export type BeforeCommit = (path: string) => void | Promise<void>;

type Content = string | Uint8Array;

/**
 * Replaces the file: readers see the old content or the new, never a part, also after a power cut. The commit
 * point is the rename. Throws tool `disk.full`.
 */
export async function writeFileAtomically(
  path: string,
  content: Content,
  beforeCommit?: BeforeCommit,
): Promise<void> {
  await withTemporary(path, content, async (temporary) => {
    await beforeCommit?.(path);
    await rename(temporary, path);
  });
}

/** The same for a file that must not exist yet; answers false, and changes nothing, when it does. The commit point is the link. */
export async function createFileAtomically(
  path: string,
  content: Content,
  beforeCommit?: BeforeCommit,
): Promise<boolean> {
  return withTemporary(path, content, async (temporary) => {
    await beforeCommit?.(path);
    try {
      await link(temporary, path);
      return true;
    } catch (error) {
      if (isTaken(error)) return false;
      throw error;
    }
  });
}

/** Publishes a finished temporary file or folder under `path`, on the same file system; its content is on disk already. */
export async function moveIntoPlace(
  temporary: string,
  path: string,
  beforeCommit?: BeforeCommit,
): Promise<void> {
  await makeFolder(dirname(path));
  await beforeCommit?.(path);
  try {
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    throw writeError(error, path);
  }
}

/** Removes the file durably; an absent one is removed already. The commit point is the unlink. */
export async function removeDurably(path: string, beforeCommit?: BeforeCommit): Promise<void> {
  await beforeCommit?.(path);
  try {
    await rm(path);
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Makes the folder and its parents, and makes their names survive a power cut. */
export async function makeFolder(path: string): Promise<void> {
  try {
    const first = await mkdir(path, { recursive: true });
    if (first === undefined) return;
    const top = dirname(resolve(first));
    for (let folder = resolve(path); folder !== top; folder = dirname(folder))
      await syncFolder(dirname(folder));
  } catch (error) {
    throw writeError(error, path);
  }
}

/** Makes renames, links and removals in this folder survive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function withTemporary<Result>(
  path: string,
  content: Content,
  publish: (temporary: string) => Promise<Result>,
): Promise<Result> {
  const folder = dirname(path);
  await makeFolder(folder);
  await removeStaleTemporaries(folder);
  const temporary = temporaryPath(folder);
  try {
    await writeSynced(temporary, content);
    const result = await publish(temporary);
    await rm(temporary, { force: true });
    await syncFolder(folder);
    return result;
  } catch (error) {
    await rm(temporary, { force: true });
    throw writeError(error, path);
  }
}

async function writeSynced(path: string, content: Content): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
