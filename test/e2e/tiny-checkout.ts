import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach } from 'vitest';
import { diskImage } from '../builders/disk-image.ts';
import { dockerArchive } from '../builders/docker-archive.ts';

/** In memory where that is to be had: many checkouts are made, and each write of a release waits for the disk. */
const FOLDER = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export const FRONT_END = 'balena-yocto-scripts/build/barys';

/** By path; undefined is no file. */
export type Files = Readonly<Record<string, string | Buffer | undefined>>;

export interface TinyCheckout {
  readonly path: string;
  readonly git: (...words: readonly string[]) => string;
  /** Writes files; undefined removes one. */
  readonly write: (files: Files) => Promise<void>;
  /** Writes files and commits them; gives the sha. */
  readonly commit: (message: string, files?: Files) => Promise<string>;
  readonly head: () => string;
}

export interface TinyOptions {
  readonly version?: string;
  readonly machines?: readonly string[];
  readonly branch?: string;
  /** Text of osrel.yml; without it the repository is a plain one. */
  readonly osrelYml?: string;
  readonly files?: Files;
}

/** Requires the suite `smoke`, which passes unless tests/fail-marker exists. */
export const WITH_SMOKE = `system: balena-os
tests:
  required: [smoke]
  matrix:
    - { suite: smoke, lab: command, command: [./tests/smoke.sh], results: tap }
`;

const SMOKE = `#!/bin/sh
if [ -e tests/say.sh ]; then sh tests/say.sh; fi
echo '1..1'
if [ -e tests/fail-marker ]; then echo 'not ok 1 - boots'; exit 1; fi
echo 'ok 1 - boots'
`;

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0))
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
});

/** A folder that is gone after the test. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(FOLDER, 'osrel-e2e-'));
  folders.push(folder);
  return folder;
}

/** A device repository with one commit, whose front end builds in milliseconds. */
export async function makeTinyCheckout(options: TinyOptions = {}): Promise<TinyCheckout> {
  const path = join(await makeFolder(), 'device');
  const { machines = ['tiny'], version = '6.5.1', branch = 'main', osrelYml } = options;
  await writeFiles(path, {
    VERSION: `${version}\n`,
    'repo.yml': `type: 'yocto-based OS image'\n`,
    'CHANGELOG.md': '# Changes\n',
    '.gitignore': '/build/\n/deploy/\n/.osrel/\n/*.json\n',
    'tests/smoke.sh': SMOKE,
    'osrel.yml': osrelYml,
    [FRONT_END]: await readFile(join(import.meta.dirname, 'tiny-front-end.sh'), 'utf8'),
    'balena-yocto-scripts/disk.img': diskImage('tiny'),
    'balena-yocto-scripts/hostapp.docker': dockerArchive('tiny'),
    ...Object.fromEntries(machines.map((machine) => [`${machine}.coffee`, deviceType(machine)])),
    ...options.files,
  });
  const checkout = checkoutAt(path);
  checkout.git('init', '-q', '-b', branch);
  await checkout.commit('Start');
  return checkout;
}

/** What works on any checkout. */
export function checkoutAt(path: string): TinyCheckout {
  const git = (...words: readonly string[]) => runGit(path, words);
  return {
    path,
    git,
    write: (files) => writeFiles(path, files),
    commit: async (message, files = {}) => {
      await writeFiles(path, files);
      git('add', '-A');
      git('commit', '-q', '--allow-empty', '-m', message);
      return git('rev-parse', 'HEAD');
    },
    head: () => git('rev-parse', 'HEAD'),
  };
}

export function deviceType(machine: string): string {
  return `module.exports =
	slug: '${machine}'
	name: 'Board ${machine}'
	arch: 'aarch64'
	state: 'released'
	yocto:
		machine: '${machine}'
		image: 'balena-image'
		deployArtifact: 'balena-image-${machine}.balenaos-img'
`;
}

async function writeFiles(path: string, files: Files): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const file = join(path, name);
    await mkdir(dirname(file), { recursive: true });
    if (content === undefined) await rm(file, { force: true });
    else await writeFile(file, content, { mode: /\.sh$|barys$/.test(name) ? 0o755 : 0o644 });
  }
}

function runGit(cwd: string, words: readonly string[]): string {
  const who = ['-c', 'user.name=Tester', '-c', 'user.email=tester@example.org'];
  const done = spawnSync('git', [...who, ...words], {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: cwd, GIT_CONFIG_NOSYSTEM: '1' },
  });
  if (done.status !== 0) throw new Error(`git ${words.join(' ')}: ${done.stderr}`);
  return done.stdout.trim();
}
