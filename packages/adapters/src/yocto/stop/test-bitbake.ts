import { cp, mkdir, mkdtemp, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A build folder with a bitbake in it, for tests. Its front end calls bitbake twice, as barys does for two machines,
 * and each call has two tasks: the first waits for the file `release`, the second follows it. Files in the build
 * folder tell what happened: `calls` (a line for each bitbake), `started`, `finished` (first task), `later` (second).
 */
export interface TestBitbake {
  readonly buildDirectory: string;
  /** Absolute path of the front end. */
  readonly barys: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Makes a file in the build folder. */
  readonly put: (name: string) => Promise<void>;
  readonly has: (name: string) => Promise<boolean>;
  /** Resolves when the file is there. */
  readonly appears: (name: string) => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** bitbake itself, from a checkout, with a small layer. */
export async function makeRealBitbake(checkout: string): Promise<TestBitbake> {
  const bitbake = await makeFolder(join(checkout, 'bin'));
  const build = bitbake.buildDirectory;
  const layer = join(dirname(build), 'meta-test');
  await write(
    join(build, 'conf/bblayers.conf'),
    `BBPATH = "\${TOPDIR}"\nBBFILES ?= ""\nBBLAYERS = "${layer}"\n`,
  );
  await write(
    join(layer, 'conf/layer.conf'),
    `BBPATH .= ":\${LAYERDIR}"\nBBFILES += "\${LAYERDIR}/*.bb"\nBBFILE_COLLECTIONS += "test"\n` +
      `BBFILE_PATTERN_test := "^\${LAYERDIR}/"\nLAYERSERIES_COMPAT_test = "test"\nLAYERSERIES_CORENAMES = "test"\n`,
  );
  await cp(join(checkout, 'conf/bitbake.conf'), join(layer, 'conf/bitbake.conf'));
  await cp(join(checkout, 'classes/base.bbclass'), join(layer, 'classes/base.bbclass'));
  await write(join(layer, 'image_1.0.bb'), RECIPE);
  return bitbake;
}

const RECIPE = `
do_compile[nostamp] = "1"
do_compile() {
  touch \${TOPDIR}/started
  until [ -e \${TOPDIR}/release ]; do sleep 0.05; done
  touch \${TOPDIR}/finished
}
addtask compile before do_build
do_install[nostamp] = "1"
do_install() {
  touch \${TOPDIR}/later
}
addtask install after do_compile before do_build
`;

/** Small scripts whose processes are arranged like bitbake's, but which leave more behind when they are killed. */
export async function makeStandInBitbake(): Promise<TestBitbake> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'osrel-bitbake-bin-')));
  await Promise.all([
    write(join(folder, 'bitbake'), CLIENT),
    write(join(folder, 'bitbake-server'), SERVER),
    write(join(folder, 'bitbake-worker'), WORKER),
  ]);
  const bitbake = await makeFolder(folder);
  const remove = async (): Promise<void> => {
    await bitbake.remove();
    await rm(folder, { recursive: true, force: true });
  };
  return { ...bitbake, remove };
}

const CLIENT = `#!/bin/bash
stop() { echo closing down; interrupted=1; touch stop; }
trap stop INT
[ "$1" = --server-only ] && touch stays && only=1
rm -f stop ended
[ -n "$only" ] || touch request
if flock -n bitbake.lock true; then
  # The shell in between ends at once: the server is nobody's child, in a session whose leader is gone.
  setsid bash -c '"$0-server" decafbad 3 5 log "$PWD/bitbake.lock" socket </dev/null >>log 2>&1 &' "$0"
fi
if [ -n "$only" ]; then until grep -qs . bitbake.lock; do sleep 0.02; done; exit; fi
until [ -e ended ]; do sleep 0.02; done
exit "\${interrupted:-0}"
`;

const SERVER = `#!/bin/bash
exec 9>>"$5"
flock -n 9 || exit 1
echo $$ >"$5"
while :; do
  until [ -e request ]; do sleep 0.02; done
  rm -f request
  bash "$(dirname "$0")/bitbake-worker" decafbad 9>&-
  touch ended
  [ -e stays ] || exit
done
`;

const WORKER = `#!/bin/bash
if [ "$1" = task ]; then
  [ -e stubborn ] && trap '' TERM
  mkdir -p tmp/work/image
  cd tmp/work/image
  bash -c "$2"
  exit
fi
setsid bash "$0" task 'touch ../../../started; until [ -e ../../../release ]; do sleep 0.02; done; touch ../../../finished' &
wait $!
[ -e stop ] && exit
setsid bash "$0" task 'touch ../../../later' &
wait $!
`;

const BARYS = `#!/bin/bash
cd "$(dirname "$0")/build"
for machine in one two; do
  echo "$machine" >> calls
  env MACHINE=$machine bitbake image
  if [ $? -eq 0 ]; then echo "Build for $machine suceeded."; else EXIT_CODE=2; fi
done
exit $EXIT_CODE
`;

async function makeFolder(programs: string): Promise<TestBitbake> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'osrel-bitbake-')));
  const buildDirectory = join(root, 'build');
  await mkdir(buildDirectory);
  await write(join(root, 'barys'), BARYS);
  const has = async (name: string): Promise<boolean> =>
    (await stat(join(buildDirectory, name)).catch(() => undefined)) !== undefined;
  return {
    buildDirectory,
    barys: join(root, 'barys'),
    environment: {
      PATH: `${programs}:${process.env.PATH ?? ''}`,
      HOME: root,
      LC_ALL: 'en_US.UTF-8',
      BBPATH: buildDirectory,
    },
    put: (name) => writeFile(join(buildDirectory, name), ''),
    has,
    appears: async (name) => {
      for (let tries = 0; tries < 1000; tries += 1) {
        if (await has(name)) return;
        await sleep(20);
      }
      throw new Error(`${name} did not appear in ${buildDirectory}`);
    },
    remove: () => rm(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }),
  };
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text, { mode: 0o755 });
}
