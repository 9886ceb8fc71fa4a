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

/** A program that plays docker or podman, for tests: it notes its calls and runs containers as processes. */
export interface TestEngine {
  /** Of its client: PATH leads to it before all others. */
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  /** Prepares its answer to `info`, `pull`, `image`, `exec`, `stop`, `rm` or `run`. */
  readonly answer: (command: string, answer: TestAnswer) => Promise<void>;
  /** The arguments of every call, in order. */
  readonly calls: () => Promise<readonly (readonly string[])[]>;
  /** Labels of the containers there are. */
  readonly containers: () => Promise<readonly string[]>;
  /** What was left by nobody here: a container that does not run, with that label. */
  readonly leaveContainer: (label: string) => Promise<void>;
  /** `ls -l` of the environment file of the last run, and its content. */
  readonly environmentFile: () => Promise<string>;
  readonly remove: () => Promise<void>;
}

export interface TestAnswer {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exit?: number;
  /** It never answers. */
  readonly hang?: boolean;
  /** Only so many times; then it does what was asked. */
  readonly times?: number;
}

export const DIGEST = `sha256:${'d'.repeat(64)}`;
export const IMAGE_ID = `sha256:${'1'.repeat(64)}`;
const REPOSITORY = 'ghcr.io/balena-os/balena-yocto-scripts';

/** The answer to `image inspect` for an image; without digests it was made on this machine. */
export function inspectedImage(digests: readonly string[] = [`${REPOSITORY}@${DIGEST}`]): TestAnswer {
  return { stdout: JSON.stringify([{ Id: IMAGE_ID, RepoTags: [], RepoDigests: digests }]) };
}

/** Makes the engine under each of the names. */
export async function makeTestEngine(names: readonly string[] = ['docker']): Promise<TestEngine> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'osrel-engine-')));
  const state = join(folder, 'state');
  await mkdir(join(state, 'containers'), { recursive: true });
  await mkdir(join(folder, 'bin'));
  for (const name of names) {
    await copyFile(new URL('./stand-in-engine.sh', import.meta.url), join(folder, 'bin', name));
    await chmod(join(folder, 'bin', name), 0o755);
  }
  const answer = async (
    command: string,
    { stdout, stderr, exit, hang, times }: TestAnswer,
  ): Promise<void> => {
    const parts = {
      stdout,
      stderr,
      exit: exit === undefined ? undefined : String(exit),
      hang: hang === true ? '' : undefined,
      times: times === undefined ? undefined : String(times),
    };
    for (const [part, text] of Object.entries(parts)) {
      if (text !== undefined) await writeFile(join(state, `${command}.${part}`), text);
    }
  };
  await answer('image', inspectedImage());
  await answer('pull', { stdout: `Digest: ${DIGEST}\n` });
  return {
    environment: { PATH: `${join(folder, 'bin')}:/usr/bin:/bin`, HOME: folder },
    folder,
    answer,
    calls: async () => splitRecords(await readFile(join(state, 'calls'), 'utf8').catch(() => '')),
    containers: async () => {
      const ids = await readdir(join(state, 'containers'), { withFileTypes: true });
      const folders = ids.filter((entry) => entry.isDirectory());
      return Promise.all(
        folders.map(async ({ name }) =>
          (await readFile(join(state, 'containers', name, 'label'), 'utf8')).trim(),
        ),
      );
    },
    leaveContainer: async (label) => {
      const container = join(state, 'containers', label.replaceAll(/\D/g, '').padStart(64, '0').slice(-64));
      await mkdir(container);
      await writeFile(join(container, 'name'), 'yocto-build-1\n');
      await writeFile(join(container, 'label'), `${label}\n`);
      await writeFile(join(container, 'pid'), '2147483000\n');
    },
    environmentFile: () => readFile(join(state, 'environment-file'), 'utf8'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

function splitRecords(text: string): readonly (readonly string[])[] {
  return text
    .split('\u001e')
    .filter((record) => record !== '')
    .map((record) => record.split('\u001f').slice(0, -1));
}
