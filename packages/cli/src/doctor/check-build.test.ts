import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type BuildConfig, parseConfig } from '@osrel/core';
import { afterEach, describe, expect, it } from 'vitest';
import { checkCaches } from './check-caches.ts';
import { checkContainerEngine } from './check-container.ts';
import { checkFrontEnd, hasBitbakeLayers } from './check-front-end.ts';
import { checkTools } from './check-host.ts';
import { checkSubmodules } from './check-submodules.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

/** A folder with files; a path that ends with a slash is an empty folder. */
async function makeFolder(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'osrel-doctor-'));
  folders.push(root);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(path.endsWith('/') ? join(root, path) : dirname(join(root, path)), { recursive: true });
    if (path.endsWith('/')) continue;
    await writeFile(join(root, path), text);
    if (text.startsWith('#!')) await chmod(join(root, path), 0o755);
  }
  return root;
}

const PROGRAM = '#!/bin/sh\n';
const buildOf = (written: object): BuildConfig =>
  parseConfig({ build: written }, { file: 'osrel.yml' }).build;

describe('submodules', () => {
  const gitmodules =
    '[submodule "a"]\n\tpath = layers/poky\n\turl = x\n[submodule "b"]\n\tpath = layers/meta-x\n';

  it('that were not fetched are named with the command that fetches them', async () => {
    const root = await makeFolder({
      '.gitmodules': gitmodules,
      'layers/poky/README': 'x',
      'layers/meta-x/': '',
    });
    expect(await checkSubmodules(root)).toMatchObject([
      {
        state: 'missing',
        found: '1 of 2 not fetched: layers/meta-x',
        mend: 'git submodule update --init --recursive',
      },
    ]);
  });

  it('that are there are well, and none are nothing to tell', async () => {
    const root = await makeFolder({
      '.gitmodules': gitmodules,
      'layers/poky/a': 'x',
      'layers/meta-x/b': 'x',
    });
    expect(await checkSubmodules(root)).toMatchObject([{ state: 'ok', found: '2 fetched' }]);
    expect(await checkSubmodules(await makeFolder())).toEqual([]);
  });

  it('tell whether bitbake has to do with this repository, fetched or not', async () => {
    const place = (root: string) => ({ root, searchPath: '' });
    expect(await hasBitbakeLayers(place(await makeFolder({ '.gitmodules': gitmodules })))).toBe(true);
    expect(
      await hasBitbakeLayers(place(await makeFolder({ 'layers/openembedded-core/oe-init-build-env': '' }))),
    ).toBe(true);
    expect(await hasBitbakeLayers(place(await makeFolder({ 'layers/meta-mine/x': '' })))).toBe(false);
  });
});

describe('the front end', () => {
  const check = async (written: object, files: Readonly<Record<string, string>>, searchPath = '') =>
    checkFrontEnd(buildOf(written), { root: await makeFolder(files), searchPath });

  it.each([
    ['barys', {}, { 'balena-yocto-scripts/build/barys': PROGRAM }],
    ['bitbake', { frontend: 'bitbake' }, { 'layers/poky/oe-init-build-env': 'x' }],
    [
      'a command of the repository',
      { frontend: 'command', command: { run: ['./make.sh'] } },
      { 'make.sh': PROGRAM },
    ],
  ])('%s is found where it lies', async (_, written, files) => {
    expect(await check(written, files)).toMatchObject({ state: 'ok' });
    expect(await check(written, {})).toMatchObject({ state: 'missing' });
  });

  it('must be executable', async () => {
    expect(await check({}, { 'balena-yocto-scripts/build/barys': 'no program' })).toMatchObject({
      state: 'missing',
    });
  });

  it('command is looked for on the path when it is a bare name', async () => {
    const bin = await makeFolder({ builder: PROGRAM });
    const written = { frontend: 'command', command: { run: ['builder'] } };
    expect(await check(written, {}, `/nowhere:${bin}`)).toMatchObject({ state: 'ok' });
    expect(await check(written, { builder: PROGRAM }, '/nowhere')).toMatchObject({ state: 'missing' });
  });

  it('kas needs its file', async () => {
    expect(await check({ frontend: 'kas', kas: { file: 'kas.yml' } }, {})).toMatchObject({
      state: 'missing',
      found: 'the kas file kas.yml is not there',
    });
  });
});

describe('build tools', () => {
  it('that are not on the path are named, with one command for all their packages (W28)', async () => {
    const bin = await makeFolder({ gcc: PROGRAM });
    expect(
      await checkTools({ gcc: 'gcc', ar: 'binutils', ld: 'binutils', chrpath: 'chrpath' }, bin),
    ).toMatchObject({
      state: 'missing',
      found: 'not on PATH: ar, ld, chrpath',
      mend: 'sudo apt-get install binutils chrpath',
    });
    expect(await checkTools({ gcc: 'gcc' }, bin)).toMatchObject({ state: 'ok' });
  });
});

describe('the container engine', () => {
  it('that answers is well', async () => {
    const bin = await makeFolder({ engine: `${PROGRAM}echo fine\n` });
    expect(await checkContainerEngine('auto', join(bin, 'engine'))).toMatchObject({ state: 'ok' });
  });

  it('that refuses this user is mended by a group', async () => {
    const bin = await makeFolder({ engine: `${PROGRAM}echo 'dial unix: permission denied' >&2; exit 1\n` });
    const finding = await checkContainerEngine('docker', join(bin, 'engine'));
    expect(finding.found).toContain('permission denied');
    expect(finding.mend).toContain('usermod -aG docker');
    expect(finding.mend).toContain('osrel build --container none');
  });

  it('that is not there is to be installed', async () => {
    const finding = await checkContainerEngine('auto', '/nowhere/engine');
    expect(finding).toMatchObject({ state: 'missing', found: '/nowhere/engine is not on PATH' });
    expect(finding.mend).toContain('apt-get install');
  });
});

describe('caches', () => {
  it('in folders can be made or written', async () => {
    const root = await makeFolder({ 'shared/': '', file: 'x' });
    const build = buildOf({
      downloads: 'shared',
      sstate: 'deep/down',
      'sstate-cache': { kind: 'directory', path: '/dev/null/x' },
    });
    expect(await checkCaches(build, { root, variables: {} })).toMatchObject([
      { name: 'downloads', state: 'ok', found: join(root, 'shared') },
      { name: 'shared state', state: 'ok', found: `${join(root, 'deep/down')} will be made` },
      { name: 'sstate cache', found: expect.stringContaining('/dev/null') },
    ]);
  });

  it('in buckets need the variables that hold their credentials', async () => {
    const credentials = {
      'access-key-id': { env: 'CACHE_ID' },
      'secret-access-key': { env: 'CACHE_SECRET' },
    };
    const build = buildOf({
      'sstate-cache': { kind: 's3', bucket: 'state', region: 'us-east-1', credentials },
    });
    const check = (variables: Readonly<Record<string, string>>) =>
      checkCaches(build, { root: '/', variables });
    expect(await check({ CACHE_ID: 'a' })).toMatchObject([
      { state: 'missing', mend: 'export CACHE_SECRET=…' },
    ]);
    expect(await check({ CACHE_ID: 'a', CACHE_SECRET: 'b' })).toMatchObject([
      { state: 'ok', found: 'bucket state' },
    ]);
  });

  it('are nothing to tell when there are none', async () => {
    expect(await checkCaches(buildOf({}), { root: '/', variables: {} })).toEqual([]);
  });
});
