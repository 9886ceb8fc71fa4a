import { asOsrelError, badConfig, type SourceHead } from '@osrel/core';
import type { Git } from './git-command.ts';
import { listTags } from './list-tags.ts';
import { parseStatus } from './parse-status.ts';
import { repositoryNameOf } from './repository-name.ts';

/** Where the checkout stands. Throws config `repository.no-commit` before the first commit. */
export async function readHead(git: Git, root: string): Promise<SourceHead> {
  const [sha = '', tree = '', shortSha = '', committedAt = ''] = (await readLastCommit(git, root))
    .trim()
    .split('\0');
  const [branch, remote, status, tags] = await Promise.all([
    git('rev-parse', '--abbrev-ref', 'HEAD'),
    git('config', '--default', '', '--get', 'remote.origin.url'),
    git('status', '--porcelain=v1', '-z', '--untracked-files=normal', '--ignore-submodules=none'),
    listTags(git),
  ]);
  return {
    root,
    sha,
    tree,
    shortSha,
    branch: branch.trim() === 'HEAD' ? null : branch.trim(),
    repository: repositoryNameOf(remote),
    committedAt: new Date(committedAt).toISOString(),
    dirtyPaths: parseStatus(status),
    tags: tags.filter((tag) => tag.sha === sha),
  };
}

async function readLastCommit(git: Git, root: string): Promise<string> {
  try {
    return await git('log', '-1', '--format=%H%x00%T%x00%h%x00%cI', 'HEAD', '--');
  } catch (error) {
    if (asOsrelError(error)?.code !== 'git.failed' || !(await hasNoCommit(git))) throw error;
    throw badConfig('repository.no-commit', `the git repository ${root} has no commit yet`, {
      hint: 'a release is made from a commit: git add and git commit first',
      cause: error,
    });
  }
}

/** Whether HEAD names a branch that has no commit yet, as in a new repository. */
async function hasNoCommit(git: Git): Promise<boolean> {
  const branch = (await git('symbolic-ref', 'HEAD')).trim();
  return (await git('for-each-ref', '--format=%(refname)', branch)).trim() === '';
}
