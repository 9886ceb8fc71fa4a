import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const IDENTITY = [
  '-c',
  'user.name=Ada',
  '-c',
  'user.email=ada@example.org',
  '-c',
  'protocol.file.allow=always',
];

export interface TestRepository {
  readonly root: string;
  readonly git: (...gitArguments: string[]) => Promise<string>;
  readonly write: (path: string, text: string) => Promise<void>;
  /** Writes one file and commits everything; gives the commit id. */
  readonly commit: (message: string, path?: string) => Promise<string>;
  readonly remove: () => Promise<void>;
}

/** A real git repository in a temporary folder, for tests. */
export async function makeTestRepository(): Promise<TestRepository> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'osrel-git-')));
  const git = async (...gitArguments: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)('git', [...IDENTITY, ...gitArguments], { cwd: root });
    return stdout.trim();
  };
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  await git('init', '--quiet', '--initial-branch=main');
  return {
    root,
    git,
    write,
    commit: async (message, path) => {
      if (path !== undefined) await write(path, message);
      await git('add', '--all');
      await git('commit', '--quiet', '--allow-empty', '--message', message);
      return git('rev-parse', 'HEAD');
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
