import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type OsBuildRequest, PLAIN_BUILD } from '@osrel/core';
import { runProgram } from '../../execa/run-program.ts';
import type { BuildBeginning } from '../front-end.ts';
import type { BitbakeFrontEndOptions } from './front-end-options.ts';

/** What poky's script does, without poky: makes conf/ from the templates, puts its bitbake into PATH, goes there. */
export const INIT_SCRIPT_TEXT = `OEROOT="$(readlink -f "$(dirname "$BASH_SOURCE")")"
BUILDDIR="$1"
mkdir -p "$BUILDDIR/conf"
cp -n "$TEMPLATECONF/local.conf.sample" "$BUILDDIR/conf/local.conf"
[ -e "$BUILDDIR/conf/bblayers.conf" ] || sed "s|##OEROOT##|$OEROOT|g" "$TEMPLATECONF/bblayers.conf.sample" > "$BUILDDIR/conf/bblayers.conf"
[ -e "$BUILDDIR/conf/templateconf.cfg" ] || echo "$TEMPLATECONF" > "$BUILDDIR/conf/templateconf.cfg"
export BUILDDIR PATH="$OEROOT/bitbake/bin:$PATH" BB_ENV_PASSTHROUGH_ADDITIONS="DISTRO MACHINE"
cd "$BUILDDIR"
echo "You can now run 'bitbake <target>'"
`;

const SAMPLE = `BBPATH = "\${TOPDIR}"
BBLAYERS ?= " \\
    \${TOPDIR}/../layers/meta-balena/meta-balena-common \\
    \${TOPDIR}/../layers/meta-balena-tiny \\
    ##OEROOT##/meta \\
    "
`;

export const TINY_REPOSITORY: Readonly<Record<string, string>> = {
  'layers/poky/oe-init-build-env': INIT_SCRIPT_TEXT,
  'layers/poky/bitbake/bin/bitbake': '#!/bin/sh\nenv\n',
  'layers/poky/bitbake/lib/bb/__init__.py': '__version__ = "2.0.0"\n',
  'layers/poky/meta/conf/layer.conf': '',
  'layers/meta-balena/meta-balena-common/conf/layer.conf': 'LAYERSERIES_COMPAT_balena-common = "kirkstone"\n',
  'layers/meta-balena/meta-balena-common/conf/distro/balena-os.conf': 'OS_DEVELOPMENT ?= "0"\n',
  'layers/meta-balena-tiny/conf/layer.conf':
    'BBFILE_PRIORITY_balena-tiny = "1337"\nLAYERSERIES_COMPAT_balena-tiny = "kirkstone"\n',
  'layers/meta-balena-tiny/conf/samples/bblayers.conf.sample': SAMPLE,
  'layers/meta-balena-tiny/conf/samples/local.conf.sample': '#OS_DEVELOPMENT = "1"\nDISTRO ?= "balena-os"\n',
};

export interface TestRepository {
  readonly root: string;
  /** Makes the file executable as well. */
  readonly write: (path: string, text: string) => Promise<void>;
  readonly remove: (path: string) => Promise<void>;
  readonly options: BitbakeFrontEndOptions;
  /** What the front end asked of `stopping`. */
  readonly asked: readonly string[];
  readonly beginning: (changes?: Partial<BuildBeginning>) => BuildBeginning & { readonly lines: string[] };
  readonly removeAll: () => Promise<void>;
}

/** A repository in a temporary folder; for tests. */
export async function makeTestRepository(
  files: Readonly<Record<string, string>> = TINY_REPOSITORY,
): Promise<TestRepository> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'osrel-repository-')));
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
    await chmod(join(root, path), 0o755);
  };
  for (const [path, text] of Object.entries(files)) await write(path, text);
  const asked: string[] = [];
  const stopping = {
    askToEnd: async (folder: string, pid: number) => void asked.push(`ask ${folder} ${pid}`),
    end: async (folder: string) => void asked.push(`end ${folder}`),
  };
  const environment = { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: root };
  return {
    root,
    write,
    asked,
    remove: (path) => rm(join(root, path), { recursive: true }),
    options: { root, runProgram, environment, secrets: { CI_KEY: 'very-secret' }, stopping },
    beginning: (changes = {}) => {
      const lines: string[] = [];
      const { signal } = new AbortController();
      const eventLog = join(root, '.osrel/events.json');
      return {
        signal,
        eventLog,
        mark: { OSREL_MARK: '1' },
        onLine: (line) => void lines.push(line),
        lines,
        ...changes,
      };
    },
    removeAll: () => rm(root, { recursive: true, force: true }),
  };
}

/** A build of the tiny repository, as the planner would ask for it. */
export function buildRequest(
  settings: Partial<OsBuildRequest['settings']> = {},
  changes: Partial<OsBuildRequest> = {},
): OsBuildRequest {
  return {
    machine: 'tiny',
    slug: 'tiny-slug',
    deviceTypeBaseName: 'tiny-type',
    service: 'hostapp',
    image: 'balena-image',
    settings: { ...PLAIN_BUILD, frontEnd: 'bitbake', ...settings },
    imageOutput: 'balena-image-tiny.docker',
    expectedLabels: {},
    expectedFiles: [],
    expectedFolders: [],
    assets: [],
    sourceSha: 'a'.repeat(40),
    ...changes,
  };
}
