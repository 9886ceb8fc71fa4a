import { chown, lstat, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { badConfig } from '@osrel/core';
import { isAtOrBelow } from '../../linux-process.ts';
import type { NumericUser } from './choose-builder.ts';

export interface PrivateFolderOptions {
  /** Absolute path of the folder it is made in. */
  readonly parent: string;
  /** Absolute path of the repository: never a parent of it, lest secrets end up in an archive or a commit. */
  readonly root: string;
  /** Names the osrel that makes it. */
  readonly owner: string;
}

/** A folder of one build that only its user can enter. */
export interface PrivateFolder {
  readonly path: string;
  /** Writes a file that nobody else can read and gives its path; `reader`: whom it belongs to, default the caller. */
  readonly write: (name: string, text: string, reader?: NumericUser) => Promise<string>;
  readonly remove: () => Promise<void>;
}

export const PRIVATE_PREFIX = 'osrel-build-';
export const ENVIRONMENT_FILE = 'variables.env';
export const SECRETS_FILE = 'secrets.conf';
const OWNER_FILE = 'owner';
/** The same in every build: bitbake parses all recipes anew when a settings file has another time. */
const FIXED_TIME = new Date('2020-01-01T00:00:00Z');

/** Throws config `container.private-folder` when it would lie in the repository. */
export async function makePrivateFolder(options: PrivateFolderOptions): Promise<PrivateFolder> {
  const { parent, root, owner } = options;
  if (isAtOrBelow(parent, root)) {
    throw badConfig(
      'container.private-folder',
      `the temporary folder ${parent} lies in the repository ${root}`,
      {
        hint: 'the secrets of a build are kept there while it runs: set TMPDIR to a folder outside, such as /tmp',
      },
    );
  }
  const path = await mkdtemp(join(parent, PRIVATE_PREFIX));
  const write = async (name: string, text: string, reader?: NumericUser): Promise<string> => {
    const file = join(path, name);
    await writeFile(file, text, { mode: 0o600, flag: 'wx' });
    if (reader !== undefined) await chown(file, reader.uid, reader.gid);
    await utimes(file, FIXED_TIME, FIXED_TIME);
    return file;
  };
  // First, so that whatever follows is known to be left over if this osrel is killed.
  await write(OWNER_FILE, owner);
  return { path, write, remove: () => rm(path, { recursive: true, force: true }) };
}

export interface LeftFolders {
  readonly parent: string;
  readonly callerUid: number;
  readonly isGone: (owner: string) => boolean;
}

/** Removes the private folders of osrels that are gone. Others' folders, and what only looks like one, are left. */
export async function removeLeftFolders({ parent, callerUid, isGone }: LeftFolders): Promise<void> {
  const names = (await readdir(parent)).filter((name) => name.startsWith(PRIVATE_PREFIX));
  await Promise.all(
    names.map(async (name) => {
      const path = join(parent, name);
      const found = await lstat(path).catch(() => undefined); // its owner removed it meanwhile
      if (found?.isDirectory() !== true || found.uid !== callerUid) return;
      const owner = await readFile(join(path, OWNER_FILE), 'utf8').catch(() => undefined);
      if (owner !== undefined && isGone(owner)) await rm(path, { recursive: true, force: true });
    }),
  );
}
