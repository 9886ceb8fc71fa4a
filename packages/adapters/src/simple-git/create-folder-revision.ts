import { realpath } from 'node:fs/promises';
import { asOsrelError } from '@osrel/core';
import { findCheckoutRoot } from './checkout-root.ts';
import { createGit, type Git } from './git-command.ts';

export interface FolderRevisionOptions {
  /** Environment of git; absent: this process's own without its `GIT_*` variables. */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Makes a function that names the files of a folder by the commit of the checkout it lies in (a submodule is a
 * checkout of its own): 40 hex digits, with `-dirty` when files of the folder were changed, added or removed since.
 * Null outside of git, before the first commit, for a folder that git does not track, and where git does not work.
 */
export function createFolderRevision(
  options: FolderRevisionOptions = {},
): (folder: string, signal: AbortSignal) => Promise<string | null> {
  return async (folder, signal) => {
    const root = await findCheckoutRoot(folder);
    if (root === undefined) return null;
    const git = createGit({ ...options, root, signal });
    try {
      return await describe(git, await realpath(folder));
    } catch (error) {
      const code = asOsrelError(error)?.code;
      if (code === 'git.failed' || code === 'git.missing') return null;
      throw error;
    }
  };
}

async function describe(git: Git, folder: string): Promise<string | null> {
  if ((await git('ls-files', '-z', '--', folder)) === '') return null;
  const commit = (await git('rev-parse', '--verify', 'HEAD')).trim();
  const changes = await git('status', '--porcelain=v1', '-z', '--untracked-files=all', '--', folder);
  return changes === '' ? commit : `${commit}-dirty`;
}
