import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { SuiteRequest } from '@osrel/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { notedFollower, suiteRequest, TURNING_CLOCK } from '../test-inputs.ts';
import { createWorkspaces } from './create-workspaces.ts';
import { createCacheOwner } from './in-use-owner.ts';

const hashOf = (name: string, bytes: string | Buffer): string => createHash(name).update(bytes).digest('hex');

let root = '';
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'osrel-workspace-')));
  for (const suite of ['os', 'cloud', 'hup', 'own']) {
    await mkdir(join(root, 'suites', suite), { recursive: true });
    await writeFile(join(root, 'suites', suite, 'suite.js'), `// ${suite}\n`);
  }
  await mkdir(join(root, 'deploy/image'), { recursive: true });
  await writeFile(join(root, 'deploy/image/balena.img'), IMAGE);
  await writeFile(join(root, 'deploy/hostapp.docker'), 'the hostapp');
  await writeFile(join(root, 'deploy/headers.tar.gz'), HEADERS);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const IMAGE = Buffer.alloc(3_000_000, 'the image ');
const HEADERS = gzipSync('the headers');

const workspaces = (revision: string | null = null) =>
  createWorkspaces({
    root,
    suites: 'suites',
    cacheFolder: join(root, '.osrel/cache/leviathan'),
    owner: () => createCacheOwner(process.pid),
    clock: TURNING_CLOCK,
    revisionOf: async () => revision,
  });

function requestOf(changes: Partial<SuiteRequest> = {}): SuiteRequest {
  return suiteRequest({
    deployDirectory: join(root, 'deploy'),
    image: { name: 'image/balena.img', path: join(root, 'deploy/image/balena.img') },
    hostapp: { name: 'hostapp.docker', path: join(root, 'deploy/hostapp.docker') },
    kernelHeaders: { name: 'headers.tar.gz', path: join(root, 'deploy/headers.tar.gz') },
    ...changes,
  });
}

const givenImage = { name: 'image/balena.img', sizeBytes: IMAGE.length, sha256: hashOf('sha256', IMAGE) };

describe('createWorkspaces', () => {
  it('gives os the compressed image and the headers as they are, and names their digests', async () => {
    const follower = notedFollower();
    const workspace = await workspaces('a'.repeat(40)).prepare(requestOf(), follower);
    const sent = await readFile(workspace.image?.path ?? '');
    expect(gunzipSync(sent).equals(IMAGE)).toBe(true);
    expect(workspace.image).toMatchObject({ sizeBytes: sent.length, md5: hashOf('md5', sent) });
    expect(workspace.kernelHeaders).toEqual({
      path: join(root, 'deploy/headers.tar.gz'),
      sizeBytes: HEADERS.length,
      md5: hashOf('md5', HEADERS),
    });
    expect(workspace.suite).toEqual({
      directory: join(root, 'suites/os'),
      md5: hashOf('md5', hashOf('md5', '// os\n')),
      revision: 'a'.repeat(40),
    });
    expect(workspace.given).toEqual([
      givenImage,
      { name: 'headers.tar.gz', sizeBytes: HEADERS.length, sha256: hashOf('sha256', HEADERS) },
    ]);
    expect(follower.percents.at(-1)).toBe(100);
    expect(follower.lines.join()).toContain('compressed to');
  });

  it('gives hup the compressed hostapp and nothing else', async () => {
    const workspace = await workspaces().prepare(requestOf({ suite: 'hup' }), notedFollower());
    expect(gunzipSync(await readFile(workspace.image?.path ?? '')).toString()).toBe('the hostapp');
    expect(workspace.kernelHeaders).toBeNull();
    expect(workspace.given).toEqual([
      { name: 'hostapp.docker', sizeBytes: 11, sha256: hashOf('sha256', 'the hostapp') },
    ]);
    expect(workspace.suite.revision).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('sends an image that is compressed already as it is', async () => {
    const path = join(root, 'deploy/image/balena.img.gz');
    await writeFile(path, gzipSync(IMAGE));
    const request = requestOf({ suite: 'cloud', image: { name: 'image/balena.img.gz', path } });
    const workspace = await workspaces().prepare(request, notedFollower());
    expect(workspace.image?.path).toBe(path);
    expect(workspace.given[0]?.sha256).toBe(hashOf('sha256', await readFile(path)));
  });

  it('compresses once for all suites that ask at the same time', async () => {
    const lab = workspaces();
    const followers = Array.from({ length: 6 }, () => notedFollower());
    const prepared = await Promise.all(
      followers.map((follower, at) =>
        lab.prepare(requestOf({ suite: at % 2 === 0 ? 'os' : 'cloud', id: `e${at}` }), follower),
      ),
    );
    expect(new Set(prepared.map(({ image }) => image?.path)).size).toBe(1);
    const told = followers.flatMap(({ lines }) => lines).filter((line) => line.includes('balena.img'));
    expect(told.filter((line) => line.includes('compressed to'))).toHaveLength(6);
    expect(await readdir(join(root, '.osrel/cache/leviathan'))).toHaveLength(2);
  });

  it('lets one leave without ending the work of the others', async () => {
    const lab = workspaces();
    const stop = new AbortController();
    const reason = new Error('enough');
    const leaving = lab.prepare(requestOf(), notedFollower(stop.signal));
    const staying = lab.prepare(requestOf({ suite: 'cloud' }), notedFollower());
    stop.abort(reason);
    await expect(leaving).rejects.toBe(reason);
    expect((await staying).given).toEqual([givenImage]);
  });

  it('refuses a suite without what it needs before anything else is done', async () => {
    const refusal = (changes: Partial<SuiteRequest>) =>
      workspaces()
        .prepare(requestOf(changes), notedFollower())
        .then(
          () => 'no refusal',
          (error) => `${error.kind} ${error.code}: ${error.message}`,
        );
    expect(await refusal({ suite: 'os', image: null })).toMatch(
      /^refused lab.missing-input: .*no disk image/,
    );
    expect(await refusal({ suite: 'cloud', image: null })).toContain('it flashes it');
    expect(await refusal({ suite: 'hup', hostapp: null })).toContain('no hostapp archive');
    expect(await refusal({ suite: 'os', kernelHeaders: null })).toBe('no refusal');
    await mkdir(join(root, 'suites/os/tests/firmware'), { recursive: true });
    await writeFile(join(root, 'suites/os/tests/firmware/index.js'), 'run(this.suite.kernelHeaders)\n');
    expect(await refusal({ suite: 'os', kernelHeaders: null })).toContain('kernel_modules_headers.tar.gz');
    const gone = { name: 'image/gone.img', path: join(root, 'deploy/gone.img') };
    expect(await refusal({ image: gone })).toContain('gone.img is not there');
    expect(await refusal({ suite: 'clodu' })).toContain('lab.unknown-suite');
    expect(await refusal({ suite: 'hup', image: null })).toBe('no refusal');
  });

  it('gives a suite of another name what there is', async () => {
    const workspace = await workspaces().prepare(
      requestOf({ suite: 'own', image: null, kernelHeaders: null }),
      notedFollower(),
    );
    expect(workspace).toMatchObject({ image: null, kernelHeaders: null, given: [] });
  });
});
