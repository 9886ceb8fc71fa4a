import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A real git repository that pull requests and releases are made in; every commit id is git's own. */
export interface GitHistory {
  /** Root of the checkout, for whoever reads it with git; no file of it is checked out. */
  readonly directory: string;
  /** A commit on a branch, which is made where it does not exist yet (from `from`). */
  readonly commit: (branch: string, message: string, options?: CommitOptions) => Promise<string>;
  /** A merge commit of `head` on a branch. */
  readonly merge: (branch: string, head: string, message: string) => Promise<string>;
  readonly branch: (name: string, at: string) => Promise<void>;
  readonly has: (sha: string) => Promise<boolean>;
  /** Whether the first is in the history of the second. */
  readonly isAncestor: (sha: string, of: string) => Promise<boolean>;
  readonly tip: (branch: string) => Promise<string>;
  /** Commits of the second that the first does not have, oldest first. */
  readonly between: (base: string, head: string) => Promise<readonly string[]>;
  readonly remove: () => Promise<void>;
}

export interface CommitOptions {
  /** Branch or commit that a new branch begins at; nothing: a history of its own. */
  readonly from?: string;
  /** Path that the commit writes. */
  readonly path?: string;
}

const IDENTITY = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];

export async function createGitHistory(): Promise<GitHistory> {
  const directory = await mkdtemp(join(tmpdir(), 'osrel-github-'));
  const run = promisify(execFile);
  const git = async (...words: string[]): Promise<string> => {
    const { stdout } = await run('git', [...IDENTITY, ...words], { cwd: directory });
    return stdout.trim();
  };
  const succeeds = (...words: string[]): Promise<boolean> =>
    git(...words).then(
      () => true,
      () => false,
    );
  await git('init', '--quiet', '--initial-branch=main');
  const branch = async (name: string, at: string): Promise<void> => {
    await git('update-ref', `refs/heads/${name}`, at);
  };
  const tip = (name: string): Promise<string> => git('rev-parse', '--verify', `refs/heads/${name}`);
  /** One file of the tree replaced; without a work tree there is nothing to clean up. */
  const treeWith = async (parent: string | undefined, path: string, text: string): Promise<string> => {
    const blob = await hash(directory, text);
    const known = parent === undefined ? '' : await git('ls-tree', parent);
    const others = known.split('\n').filter((line) => line !== '' && !line.endsWith(`\t${path}`));
    const lines = [...others, `100644 blob ${blob}\t${path}`];
    return feed(directory, ['mktree'], `${lines.join('\n')}\n`);
  };
  return {
    directory,
    branch,
    tip,
    has: (sha) => succeeds('cat-file', '-e', `${sha}^{commit}`),
    isAncestor: (sha, of) => succeeds('merge-base', '--is-ancestor', sha, of),
    between: async (base, head) => {
      const listed = await git('rev-list', '--reverse', `${base}..${head}`);
      return listed === '' ? [] : listed.split('\n');
    },
    commit: async (name, message, { from, path = 'content' } = {}) => {
      const exists = await succeeds('rev-parse', '--verify', '--quiet', `refs/heads/${name}`);
      const parent = exists ? await tip(name) : from === undefined ? undefined : await git('rev-parse', from);
      const tree = await treeWith(parent, path, `${name}: ${message}`);
      const parents = parent === undefined ? [] : ['-p', parent];
      const sha = await git('commit-tree', tree, ...parents, '-m', message);
      await branch(name, sha);
      return sha;
    },
    merge: async (name, head, message) => {
      const into = await tip(name);
      const sha = await git('commit-tree', `${head}^{tree}`, '-p', into, '-p', head, '-m', message);
      await branch(name, sha);
      return sha;
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

function hash(directory: string, text: string): Promise<string> {
  return feed(directory, ['hash-object', '-w', '--stdin'], text);
}

function feed(directory: string, words: readonly string[], input: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = execFile('git', [...words], { cwd: directory }, (error, stdout) => {
    if (error === null) resolve(stdout.trim());
    else reject(error);
  });
  child.stdin?.end(input);
  return promise;
}
