import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type BuildSettings, type CacheStore, PLAIN_BUILD } from '@osrel/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBuildCache } from './create-build-cache.ts';

let root: string;
let lines: string[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'osrel-cache-'));
  lines = [];
});

afterEach(() => rm(root, { recursive: true, force: true }));

/** A server on loopback that the environment names, as `http://key:secret@host:port/bucket`. */
const server = process.env.OSREL_TEST_S3 === undefined ? undefined : new URL(process.env.OSREL_TEST_S3);

const stores: readonly (readonly [string, () => CacheStore])[] = [
  ['a directory', () => ({ kind: 'directory', path: 'kept' })],
  [
    'a bucket (needs OSREL_TEST_S3)',
    () => ({
      kind: 's3',
      bucket: server?.pathname.slice(1) ?? '',
      prefix: `cache-${root.slice(-6)}`,
      region: null,
      endpoint: server?.origin ?? '',
      credentials: { accessKeyId: 'CACHE_ID', secretAccessKey: 'CACHE_KEY' },
    }),
  ],
];

function readVariable(name: string): string | undefined {
  if (name === 'CACHE_ID') return server?.username;
  return name === 'CACHE_KEY' ? server?.password : undefined;
}

async function put(name: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, name)), { recursive: true });
  await writeFile(join(root, name), text);
}

function requestOf(settings: Partial<BuildSettings>, folder = 'sstate') {
  return {
    settings: { ...PLAIN_BUILD, ...settings },
    sharedState: join(root, folder),
    downloads: join(root, 'downloads'),
    readsInPlace: false,
    signal: new AbortController().signal,
    onLine: (line: string) => void lines.push(line),
  };
}

const withState = (store: CacheStore, key = 'rpi4') => ({
  stateCache: { store, key, read: null, save: true },
});

describe.each(stores)('a cache in %s', (name, storeOf) => {
  const cases = it.skipIf(name.startsWith('a bucket') && server === undefined);
  const cache = () => createBuildCache({ root, readVariable });

  cases('brings back what an earlier build kept, and only objects that are whole', async () => {
    await put('sstate/ab/cd/sstate:zlib:x:1.3:r0::11:abcd_populate_sysroot.tar.zst', 'object');
    await put('sstate/ab/cd/sstate:zlib:x:1.3:r0::11:abcd_populate_sysroot.tar.zst.siginfo', 'sig');
    await put('sstate/universal/aa/sstate:native.tgz', 'native');
    for (const half of ['sstate:half.tar.zst.tmp', 'sstate:old.tgz.done', 'notes.txt'])
      await put(`sstate/ab/${half}`, 'x');
    await cache().save(requestOf(withState(storeOf())));
    await cache().restore(requestOf(withState(storeOf()), 'fresh'));
    expect(
      (await readdir(join(root, 'fresh'), { recursive: true })).filter((each) => each.includes(':')),
    ).toHaveLength(3);
    expect(await readFile(join(root, 'fresh/universal/aa/sstate:native.tgz'), 'utf8')).toBe('native');
    expect(lines).toEqual([
      expect.stringMatching(/^NOTE: shared state to .*rpi4: 3 new files, 15 bytes, 0 there before$/),
      expect.stringMatching(/^NOTE: shared state from .*rpi4: 3 of 3 files fetched$/),
    ]);
  });

  cases('sends and fetches nothing twice', async () => {
    await put('sstate/sstate:a.tgz', 'a');
    for (let time = 0; time < 2; time += 1) await cache().save(requestOf(withState(storeOf())));
    await cache().restore(requestOf(withState(storeOf())));
    expect(lines[1]).toContain('0 new files');
    expect(lines[2]).toContain('0 of 1 files fetched');
  });

  cases('keeps signed and unsigned builds apart (W29)', async () => {
    await put('sstate/sstate:a.tgz', 'signed');
    await cache().save(requestOf(withState(storeOf(), 'rpi4-signed')));
    await cache().restore(requestOf(withState(storeOf(), 'rpi4'), 'fresh'));
    expect(await readdir(join(root, 'fresh')).catch(() => [])).toEqual([]);
  });

  cases('mirrors downloads that lie right in the folder, through links, never half ones (W39)', async () => {
    await put('elsewhere/linked.tar.gz', 'linked');
    for (const file of ['zlib.tar.gz', 'git2_x.tar.gz', 'zlib.tar.gz.done', 'x.tmp', 'git2/x/HEAD'])
      await put(`downloads/${file}`, file);
    await symlink(join(root, 'elsewhere/linked.tar.gz'), join(root, 'downloads/linked.tar.gz'));
    await symlink('/nowhere/at/all', join(root, 'downloads/dangling.tar.gz'));
    await cache().save(requestOf({ sourceMirror: { read: null, write: storeOf() } }));
    expect(lines).toEqual([expect.stringMatching(/^NOTE: downloads to .*: 3 new files/)]);
  });
});

describe('a cache', () => {
  it('is not copied where the build reads the directory itself', async () => {
    await put('kept/rpi4/sstate:a.tgz', 'a');
    const settings = withState({ kind: 'directory', path: 'kept' });
    await createBuildCache({ root, readVariable }).restore({ ...requestOf(settings), readsInPlace: true });
    expect(lines).toEqual([]);
  });

  it('saves nothing where the plan says so', async () => {
    await put('sstate/sstate:a.tgz', 'a');
    const { stateCache } = withState({ kind: 'directory', path: 'kept' });
    await createBuildCache({ root, readVariable }).save(
      requestOf({ stateCache: { ...stateCache, save: false } }),
    );
    expect(await readdir(root)).toEqual(['sstate']);
  });

  it('never fails a build: it says in one line what went wrong', async () => {
    await put('sstate/sstate:a.tgz', 'a');
    await put('kept', 'a file where the folder should be');
    await createBuildCache({ root, readVariable }).save(
      requestOf(withState({ kind: 'directory', path: 'kept' })),
    );
    expect(lines).toEqual([expect.stringMatching(/^WARNING: shared state was not saved: /)]);
  });

  it('names the variable of missing credentials', async () => {
    const store: CacheStore = {
      kind: 's3',
      bucket: 'b',
      prefix: '',
      region: null,
      endpoint: 'http://127.0.0.1:1',
      credentials: { accessKeyId: 'NO_SUCH_ID', secretAccessKey: 'NO_SUCH_KEY' },
    };
    await createBuildCache({ root, readVariable: () => undefined }).restore(requestOf(withState(store)));
    expect(lines).toEqual([expect.stringContaining('NO_SUCH_ID')]);
  });
});
