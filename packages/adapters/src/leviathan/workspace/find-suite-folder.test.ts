import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findSuiteFolder } from './find-suite-folder.ts';

let folder = '';
let root = '';
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'osrel-suites-')));
  root = join(folder, 'repository');
  for (const name of ['os', 'cloud', 'hup']) await makeSuite(join(root, 'suites', name));
  await mkdir(join(root, 'suites/no-suite'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function makeSuite(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await writeFile(join(path, 'suite.js'), '');
}

describe('findSuiteFolder', () => {
  it('finds a suite below the repository, also through a link that stays inside', async () => {
    expect(await findSuiteFolder('os', { root, suites: 'suites' })).toBe(join(root, 'suites/os'));
    await makeSuite(join(root, 'elsewhere'));
    await symlink('../elsewhere', join(root, 'suites/linked'));
    expect(await findSuiteFolder('linked', { root, suites: 'suites' })).toBe(join(root, 'elsewhere'));
  });

  it('refuses an unknown suite with the nearest known name', async () => {
    for (const name of ['clod', 'no-suite', '../suites/os', '.', ''])
      await expect(findSuiteFolder(name, { root, suites: 'suites' })).rejects.toMatchObject({
        kind: 'refused',
        code: 'lab.unknown-suite',
      });
    await expect(findSuiteFolder('clod', { root, suites: 'suites' })).rejects.toMatchObject({
      message: expect.stringContaining('suites: cloud, hup, os'),
      hint: expect.stringContaining('did you mean "cloud"'),
    });
  });

  it('does not leave the repository through a link, unless an absolute folder is configured', async () => {
    await makeSuite(join(folder, 'outside'));
    await symlink(join(folder, 'outside'), join(root, 'suites/away'));
    await expect(findSuiteFolder('away', { root, suites: 'suites' })).rejects.toMatchObject({
      kind: 'config',
      code: 'lab.suite-outside',
    });
    const found = await findSuiteFolder('away', { root, suites: join(root, 'suites') });
    expect(found).toBe(join(folder, 'outside'));
  });

  it('says how suites are had when there is no folder of them', async () => {
    await expect(findSuiteFolder('os', { root, suites: 'layers' })).rejects.toMatchObject({
      code: 'lab.no-suites',
      hint: expect.stringContaining('git submodule update'),
    });
  });
});
