import { lstat, readdir, rm } from 'node:fs/promises';
import { badConfig } from '@osrel/core';
import { isMissing } from '../../if-present.ts';

/** What a build, or a start of one that was cut short, leaves in its folder. */
const MARKS = new Set([
  'conf',
  'tmp',
  'cache',
  'bitbake.lock',
  'bitbake-cookerdaemon.log',
  'sstate-cache',
  'downloads',
]);

/**
 * Removes the build folder; an absent one is removed already. Throws config `build.not-a-build-folder` for a link, a
 * file, and a folder that holds things but nothing of a build.
 */
export async function removeBuildFolder(folder: string): Promise<void> {
  const found = await findKind(folder);
  if (found === undefined) return;
  if (found === 'folder') {
    const names = await readdir(folder);
    if (names.length === 0 || names.some((name) => MARKS.has(name))) {
      await rm(folder, { recursive: true });
      return;
    }
  }
  const what = found === 'folder' ? 'holds other things than a build' : `is a ${found}`;
  throw badConfig(
    'build.not-a-build-folder',
    `${folder} was to be removed for a fresh build, but it ${what}`,
    {
      hint: 'look at it and remove it yourself, or choose another folder in build.directory',
    },
  );
}

async function findKind(path: string): Promise<'folder' | 'link' | 'file' | undefined> {
  try {
    const found = await lstat(path);
    return found.isDirectory() ? 'folder' : found.isSymbolicLink() ? 'link' : 'file';
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
