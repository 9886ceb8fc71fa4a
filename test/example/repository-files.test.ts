import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { EXAMPLE, runProgram } from './device-repository.ts';

const MACHINES = ['generic-amd64', 'raspberrypi4-64'];

function text(name: string): Promise<string> {
  return readFile(join(EXAMPLE, name), 'utf8');
}

async function contracts(): Promise<readonly Record<string, unknown>[]> {
  const root = 'contracts/contracts';
  const files = (await readdir(join(EXAMPLE, root), { recursive: true })).filter((name) =>
    name.endsWith('.json'),
  );
  return Promise.all(
    files.map(async (file) => {
      const contract = JSON.parse(await text(join(root, file)));
      expect(`${contract.type}/${contract.slug}/contract.json`).toBe(file);
      return contract;
    }),
  );
}

describe('the files of the example', () => {
  it('are those of a repository of the type that CI checks for', async () => {
    expect(parse(await text('repo.yml'))).toMatchObject({ type: 'yocto-based OS image' });
    expect(await text('VERSION')).toBe('6.5.1\n');
    expect(await text('CHANGELOG.md')).toContain('v6.5.1');
  });

  it('have a contract for every device type, its architecture and the system', async () => {
    const found = await contracts();
    const slugs = (type: string) =>
      found.filter((contract) => contract.type === type).map(({ slug }) => slug);
    expect(slugs('hw.device-type').sort()).toEqual(MACHINES);
    expect(slugs('sw.os')).toEqual(['balena-os']);
    const architectures = slugs('arch.sw');
    for (const machine of MACHINES) {
      const [, architecture] = /\tarch: '(\w+)'/.exec(await text(`${machine}.coffee`)) ?? [];
      expect(architectures).toContain(architecture);
    }
  });

  it('name in every composition a recipe that the layers have', async () => {
    const recipes = (await readdir(join(EXAMPLE, 'layers'), { recursive: true })).filter((name) =>
      name.endsWith('.bb'),
    );
    for (const machine of MACHINES) {
      const { services } = parse(await text(`${machine}.hostapp.yml`));
      expect(services.tools).toMatchObject({ image: '__BUILD_OUTPUT__' });
      const { recipe } = services.tools['x-build'];
      expect(recipes.some((file) => file.endsWith(`/${recipe}.bb`))).toBe(true);
    }
    const base = parse(await text('layers/meta-balena/hostapp.yml'));
    expect(base.services.hostapp.labels['io.balena.image.class']).toBe('hostapp');
    expect(base.services.hostapp['x-build'].assets).toContain('licenses/**');
  });

  it('keep the sources of the build in git and what it makes out of it', async () => {
    const ignored = (path: string) => runProgram('git', ['-C', EXAMPLE, 'check-ignore', '-q', path]);
    for (const path of [
      'balena-yocto-scripts/build/barys',
      'balena-yocto-scripts/build/lib/formats/fat.mjs',
      'contracts/contracts/sw.os/balena-os/contract.json',
    ]) {
      expect((await ignored(path)).status, path).toBe(1);
    }
    for (const path of [
      'build/conf/local.conf',
      'generic-amd64.json',
      '.osrel/runs',
      'deploy/x',
      'build-tools/debian',
    ]) {
      expect((await ignored(path)).status, path).toBe(0);
    }
  });
});
