import { asOsrelError, badConfig, badUsage, type SourceCommit, type SourceRepository } from '@osrel/core';
import { findCheckoutRoot } from './checkout-root.ts';
import { createGit, type Git } from './git-command.ts';
import { findTag, listTags } from './list-tags.ts';
import { LOG_FORMAT, parseLog } from './parse-log.ts';
import { readHead } from './read-head.ts';

export interface SourceRepositoryOptions {
  /** Absolute path of any folder of the checkout. */
  readonly directory: string;
  /** Environment of git; absent: this process's own without its `GIT_*` variables. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/**
 * Git facts of the checkout that `directory` is in, by the git program. Nothing is written: no lock file, no index
 * refresh, no configuration. Every call throws config `repository.not-git` outside of a checkout, tool `git.missing`
 * without git.
 */
export function createSourceRepository(options: SourceRepositoryOptions): SourceRepository {
  let opened: Promise<OpenedCheckout> | undefined;
  const open = (): Promise<OpenedCheckout> => {
    opened ??= openCheckout(options);
    return opened;
  };
  return {
    readHead: async () => {
      const { git, root } = await open();
      return readHead(git, root);
    },
    findTag: async (name) => findTag((await open()).git, name),
    listTags: async () => listTags((await open()).git),
    listFirstParents: async (from, limit) => listFirstParents((await open()).git, from, limit),
  };
}

interface OpenedCheckout {
  readonly git: Git;
  readonly root: string;
}

async function openCheckout(options: SourceRepositoryOptions): Promise<OpenedCheckout> {
  const root = await findCheckoutRoot(options.directory);
  if (root === undefined) {
    throw badConfig('repository.not-git', `${options.directory} is not in a git checkout`, {
      hint: 'run osrel in a clone of the device repository, or name one with --cwd',
    });
  }
  return { git: createGit({ ...options, root }), root };
}

async function listFirstParents(git: Git, from: string, limit: number): Promise<readonly SourceCommit[]> {
  if (!/^[0-9a-f]{7,64}$/.test(from)) {
    throw badUsage('git.malformed-commit', `${JSON.stringify(from)} is not a commit id`);
  }
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new RangeError(`limit is ${limit}, it must be 1 or more`);
  await refuseMissingCommit(git, from);
  const output = await git(
    'log',
    '--first-parent',
    // A merge shows what it brought to its first parent.
    '--diff-merges=first-parent',
    '--name-only',
    '--no-renames',
    '--no-mailmap',
    '-z',
    `--max-count=${limit}`,
    `--format=${LOG_FORMAT}`,
    from,
    '--',
  );
  const commits = parseLog(output);
  await refuseShallowEnd(git, commits, limit);
  return commits;
}

/** The commit of an event need not be in the checkout: a shallow clone, or one that was not fetched since. */
async function refuseMissingCommit(git: Git, from: string): Promise<void> {
  const known = await git('rev-parse', '--revs-only', '--verify', '--quiet', `${from}^{commit}`).catch(
    noCommit,
  );
  if (known.trim() !== '') return;
  throw badConfig('repository.commit-missing', `commit ${from} is not in this checkout`, {
    hint: 'git fetch --tags origin, then check that commit out (in GitHub Actions: fetch-depth: 0)',
  });
}

function noCommit(error: unknown): string {
  if (asOsrelError(error)?.code === 'git.failed') return '';
  throw error;
}

/** Where a shallow clone was cut, git shows a commit without parents that brings every file: a false answer. */
async function refuseShallowEnd(git: Git, commits: readonly SourceCommit[], limit: number): Promise<void> {
  const last = commits.at(-1);
  if (last === undefined || last.parents.length > 0) return;
  if ((await git('rev-parse', '--is-shallow-repository')).trim() !== 'true') return;
  throw badConfig(
    'repository.shallow',
    `the clone is cut off ${commits.length} commits back; ${limit} are needed`,
    {
      hint: 'git fetch --unshallow --tags (in GitHub Actions: fetch-depth: 0)',
    },
  );
}
