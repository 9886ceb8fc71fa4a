import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const call = promisify(execFile);
const TOOLS = [
  'sh',
  'cat',
  'cut',
  'env',
  'kill',
  'ls',
  'mkdir',
  'mkfifo',
  'mv',
  'pgrep',
  'sed',
  'sleep',
  'sort',
];

/** A docker or podman of this machine, for tests that a build machine with such an engine runs. */
export interface RealEngine {
  readonly environment: Readonly<Record<string, string>>;
  /** An image made here; its entry script runs `entry.sh` of the repository. */
  readonly image: string;
  readonly containers: () => Promise<readonly string[]>;
  readonly leaveContainer: (label: string) => Promise<void>;
  readonly remove: () => Promise<void>;
}

/**
 * Makes an image of busybox, and puts a program named like the engine on PATH that runs it without `--privileged`,
 * which a machine without all capabilities refuses, and without network.
 */
export async function useRealEngine(name: 'docker' | 'podman', file: string): Promise<RealEngine> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'osrel-engine-')));
  const image = `localhost/osrel-test-${process.pid}:1`;
  await makeImage(folder, file, image);
  await mkdir(join(folder, 'path'));
  await writeFile(join(folder, 'path', name), wrapperOf(file, name), { mode: 0o755 });
  const ask = async (...words: readonly string[]) => (await call(file, words)).stdout.trim();
  const list = ['ps', '--all', '--quiet', '--filter', 'label=io.osrel.owner'];
  const inherited = ['DOCKER_HOST', 'CONTAINER_HOST', 'HOME', 'XDG_RUNTIME_DIR'].flatMap((variable) => {
    const value = process.env[variable];
    return value === undefined ? [] : [[variable, value] as const];
  });
  return {
    environment: {
      ...Object.fromEntries(inherited),
      PATH: `${join(folder, 'path')}:/usr/sbin:/usr/bin:/bin`,
    },
    image,
    containers: async () => (await ask(...list)).split('\n').filter((id) => id !== ''),
    leaveContainer: async (label) => {
      await ask('create', '--label', label, image, 'sleep', '1000');
    },
    remove: async () => {
      for (const id of (await ask(...list)).split('\n').filter((line) => line !== ''))
        await ask('rm', '-f', id);
      await ask('rmi', '--force', image);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function makeImage(folder: string, file: string, image: string): Promise<void> {
  const root = join(folder, 'root');
  for (const path of ['bin', 'tmp', 'work', 'run', 'yocto', 'proc'])
    await mkdir(join(root, path), { recursive: true });
  await copyFile('/bin/busybox', join(root, 'bin/busybox'));
  for (const tool of TOOLS) await symlink('busybox', join(root, 'bin', tool));
  const entry = join(root, 'prepare-and-start.sh');
  await writeFile(
    entry,
    '#!/bin/sh\nexport WORK=/work SECRETS=/run/osrel/secrets.conf\ntrap "exit 1" TERM\nsh /work/entry.sh "$@" &\nwait $!\n',
  );
  await chmod(entry, 0o755);
  await call('tar', ['-C', root, '-cf', join(folder, 'image.tar'), '.']);
  await call(file, ['import', join(folder, 'image.tar'), image]);
}

function wrapperOf(file: string, name: 'docker' | 'podman'): string {
  // What podman needs on a machine that limits its own processes.
  const [engine, run] =
    name === 'podman' ? ['--runtime runc', '--ulimit nofile=1000:1000 --ulimit nproc=1000:1000'] : ['', ''];
  return `#!/bin/sh
if [ "$1" = run ]; then
  shift
  for word do
    shift
    [ "$word" = --privileged ] || set -- "$@" "$word"
  done
  exec ${file} ${engine} run --cap-add ALL --cap-drop SYS_RESOURCE --network none ${run} "$@"
fi
exec ${file} "$@"
`;
}
