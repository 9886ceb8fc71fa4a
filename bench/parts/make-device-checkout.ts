import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { diskImage } from '../../test/builders/disk-image.ts';
import { dockerArchive } from '../../test/builders/docker-archive.ts';

const FRONT_END = join(import.meta.dirname, '../../test/e2e/tiny-front-end.sh');

export interface DeviceCheckout {
  readonly path: string;
  readonly machine: string;
  readonly version: string;
  /** Text of osrel.yml. */
  readonly osrelYml: string;
}

/** A tagged device repository with one device type, whose front end builds in milliseconds. */
export function makeDeviceCheckout({ path, machine, version, osrelYml }: DeviceCheckout): void {
  const files = {
    VERSION: `${version}\n`,
    'repo.yml': `type: 'yocto-based OS image'\n`,
    'CHANGELOG.md': '# Changes\n',
    '.gitignore': '/build/\n/deploy/\n/.osrel/\n/*.json\n',
    'osrel.yml': osrelYml,
    'tests/smoke.sh': `#!/bin/sh\necho '1..1'\necho 'ok 1 - boots'\n`,
    'balena-yocto-scripts/build/barys': readFileSync(FRONT_END),
    'balena-yocto-scripts/disk.img': diskImage('tiny'),
    'balena-yocto-scripts/hostapp.docker': dockerArchive('tiny'),
    [`${machine}.coffee`]: describeDeviceType(machine),
  };
  for (const [name, content] of Object.entries(files)) {
    const file = join(path, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content, { mode: /\.sh$|barys$/.test(name) ? 0o755 : 0o644 });
  }
  git(path, 'init', '-q', '-b', 'main');
  git(path, 'add', '-A');
  git(path, 'commit', '-q', '-m', 'Start');
  git(path, 'tag', `v${version}`);
}

function describeDeviceType(machine: string): string {
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

function git(cwd: string, ...words: readonly string[]): void {
  const who = ['-c', 'user.name=Tester', '-c', 'user.email=tester@example.org'];
  const { status, stderr } = spawnSync('git', [...who, ...words], { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`git ${words.join(' ')}: ${stderr}`);
}
