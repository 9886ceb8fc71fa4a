import { lstat, readdir, readFile, realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { badConfig } from '@osrel/core';
import { isMissing } from '../if-present.ts';

/** More than any hand-written file of a device repository has; what is larger was not written by hand. */
const LARGEST_FILE_BYTES = 4 * 1024 * 1024;

export interface RepositoryFiles {
  /** The file's text, or undefined when it is missing. Throws config on a link that leaves the repository. */
  readonly find: (path: string) => Promise<string | undefined>;
  /** Names in a folder, sorted; undefined when the folder is missing. */
  readonly list: (folder: string) => Promise<readonly FolderEntry[] | undefined>;
}

export interface FolderEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** Reads files below the root and nothing else, whatever links say. Paths are relative, with `/`. */
export function createRepositoryFiles(root: string): RepositoryFiles {
  let knownRoot: Promise<string> | undefined;
  const resolveInside = async (path: string): Promise<string | undefined> => {
    knownRoot ??= realpath(root);
    return resolveBelow({ root, realRoot: await knownRoot }, path);
  };
  return {
    find: async (path) => {
      const real = await resolveInside(path);
      if (real === undefined) return undefined;
      const status = await lstat(real);
      if (!status.isFile()) return undefined;
      if (status.size > LARGEST_FILE_BYTES) {
        throw badConfig(
          'repository.file-too-large',
          `${path} has ${status.size} bytes; at most ${LARGEST_FILE_BYTES} are read`,
        );
      }
      return readFile(real, 'utf8');
    },
    list: async (folder) => {
      const real = await resolveInside(folder);
      if (real === undefined || !(await lstat(real)).isDirectory()) return undefined;
      const entries = await readdir(real, { withFileTypes: true });
      return entries
        .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
  };
}

async function resolveBelow(
  { root, realRoot }: { readonly root: string; readonly realRoot: string },
  path: string,
): Promise<string | undefined> {
  const absolute = join(root, path);
  const real = await findRealpath(absolute);
  if (real === undefined) {
    if (!(await isLink(absolute))) return undefined;
    throw badConfig('repository.broken-link', `${path} is a link that points nowhere`, {
      hint: 'initialise the submodules: git submodule update --init --recursive',
    });
  }
  const inside = relative(realRoot, real);
  if (inside !== '..' && !inside.startsWith(`..${sep}`)) return real;
  throw badConfig('repository.link-outside', `${path} is a link to ${real}, outside of the repository`, {
    hint: 'replace the link by a file: a release is made from what the commit holds',
  });
}

async function findRealpath(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
