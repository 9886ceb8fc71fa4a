import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A program that plays docker with compose, for tests: it notes its calls and answers what it is told to. */
export interface TestDocker {
  /** Of its client: PATH leads to it before all others. */
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  /**
   * Prepares its answer to `info`, `pull`, `ps`, `image-inspect`, `network-ls`, `compose-up`, `compose-port-core` and
   * the like.
   */
  readonly answer: (command: string, answer: TestAnswer) => Promise<void>;
  /** Takes all prepared answers to a command back. */
  readonly forget: (command: string) => Promise<void>;
  /** The words of every call, in order; those of compose without its options, after `compose`. */
  readonly calls: () => Promise<readonly string[]>;
  /** Every call with all its words. */
  readonly fullCalls: () => Promise<readonly (readonly string[])[]>;
  /** Variables that compose files may ask for, as the last call had them. */
  readonly variables: () => Promise<Readonly<Record<string, string>>>;
  /** The last compose file that was named, parsed. */
  readonly override: () => Promise<unknown>;
  /** Projects that are up. */
  readonly projects: () => Promise<readonly string[]>;
  readonly remove: () => Promise<void>;
}

export interface TestAnswer {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exit?: number;
  /** It never answers. */
  readonly hang?: boolean;
  /** Shell commands in its place; the words of the call are their arguments. */
  readonly exec?: string;
}

export const CORE_DIGEST = `ghcr.io/balena-os/leviathan@sha256:${'c'.repeat(64)}`;

export async function makeTestDocker(): Promise<TestDocker> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'osrel-docker-')));
  const state = join(folder, 'state');
  await mkdir(state);
  await mkdir(join(folder, 'bin'));
  await copyFile(new URL('./stand-in-docker.sh', import.meta.url), join(folder, 'bin/docker'));
  await chmod(join(folder, 'bin/docker'), 0o755);
  const answer = async (command: string, { hang, exit, ...texts }: TestAnswer): Promise<void> => {
    const parts = { ...texts, exit: exit?.toString(), hang: hang === true ? '' : undefined };
    for (const [part, text] of Object.entries(parts)) {
      if (text !== undefined) await writeFile(join(state, `${command}.${part}`), text);
    }
  };
  await answer('info', { stdout: '28.2.2|x86_64\n' });
  await answer('compose-version', { stdout: '2.29.1\n' });
  await answer('image-inspect', {
    stdout: JSON.stringify([{ Id: `sha256:${'1'.repeat(64)}`, RepoDigests: [CORE_DIGEST] }]),
  });
  const fullCalls = async () => splitRecords(await readFile(join(state, 'calls'), 'utf8').catch(() => ''));
  return {
    environment: { PATH: `${join(folder, 'bin')}:/usr/bin:/bin`, HOME: folder },
    folder,
    answer,
    forget: async (command) => {
      for (const name of await readdir(state))
        if (name.startsWith(`${command}.`)) await rm(join(state, name));
    },
    fullCalls,
    calls: async () => (await fullCalls()).map(withoutOptions),
    variables: async () => {
      const lines = (await readFile(join(state, 'environment'), 'utf8')).trim().split('\n');
      return Object.fromEntries(
        lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      );
    },
    override: async () => JSON.parse(await readFile(join(state, 'last-file'), 'utf8')),
    projects: async () =>
      (await readdir(state)).filter((name) => name.startsWith('up-')).map((name) => name.slice(3)),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

function withoutOptions([first = '', ...words]: readonly string[]): string {
  if (first !== 'compose') return [first, ...words].join(' ');
  const at = words.findIndex((word, index) => !word.startsWith('--') && !words[index - 1]?.startsWith('--'));
  return [first, ...words.slice(at)].join(' ');
}

function splitRecords(text: string): readonly (readonly string[])[] {
  return text
    .split('\u001e')
    .filter((record) => record !== '')
    .map((record) => record.split('\u001f').slice(0, -1));
}
