import { appendFile, copyFile, mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLocalWorld } from './create-local-world.ts';
import { createSystemClock } from './create-system-clock.ts';
import { digestFile } from './file-digest.ts';
import { testFolder } from './test-folder.ts';

const KEY = 'images/raspberrypi4-64/6.5.1/VERSION';

async function world() {
  const root = await testFolder();
  const { objectStore } = createLocalWorld({ root, clock: createSystemClock() });
  const store = join(root, '.osrel', 'world', 'store');
  const put = (key: string, text: string) =>
    objectStore.putText({
      key,
      text,
      mediaType: 'text/plain',
      visibility: 'public',
      expected: { kind: 'anything' },
    });
  return {
    root,
    objectStore,
    put,
    object: join(store, 'objects', KEY),
    sidecar: join(store, 'index', `${KEY}.object.json`),
    store,
  };
}

describe('the object store on a directory', () => {
  it('creates nothing while it is only read', async () => {
    const { root, objectStore } = await world();
    await objectStore.list('');
    await objectStore.find(KEY);
    await objectStore.readText(KEY);
    expect(await readdir(root)).toEqual([]);
  });

  it('can be read with plain tools: the content under its key, the rest as JSON', async () => {
    const { object, sidecar, put } = await world();
    await put(KEY, '6.5.1\n');
    expect(await readFile(object, 'utf8')).toBe('6.5.1\n');
    expect(JSON.parse(await readFile(sidecar, 'utf8'))).toMatchObject({
      records: [
        { visibility: 'public', mediaType: 'text/plain', generation: 1, fingerprint: { sizeBytes: 6 } },
      ],
    });
  });

  it('leaves no temporary file and no lock behind', async () => {
    const { put, store } = await world();
    await put(KEY, 'a');
    await put(KEY, 'b');
    expect(await readdir(join(store, 'incoming'))).toEqual([]);
    expect(await readdir(join(dirname(store), 'locks'))).toEqual([]);
  });

  it('tells the digest of the bytes that are there when somebody edits an object', async () => {
    const { object, objectStore, put } = await world();
    const before = await put(KEY, '6.5.1\n');
    await appendFile(object, 'tampered');
    const found = await objectStore.find(KEY);
    expect(found).toMatchObject({ ...(await digestFile(object)), visibility: 'public' });
    expect(found?.etag).not.toBe(before.etag);
    expect(await objectStore.readText(KEY)).toMatchObject({ text: '6.5.1\ntampered' });
  });

  it('sees an edit that keeps size and time stamps of the day', async () => {
    const { object, objectStore, put } = await world();
    const before = await put(KEY, 'aaaa');
    await writeFile(object, 'bbbb');
    const noon = new Date('2026-11-21T12:00:00Z');
    await utimes(object, noon, noon);
    expect((await objectStore.find(KEY))?.sha256).not.toBe(before.sha256);
  });

  it('knows an object again in a copy of the world', async () => {
    const { object, objectStore, put } = await world();
    const before = await put(KEY, '6.5.1\n');
    await copyFile(object, `${object}.copy`);
    await rm(object);
    await copyFile(`${object}.copy`, object);
    expect(await objectStore.find(KEY)).toEqual(before);
  });

  it('shows a file that was laid there by hand as private, with its digest', async () => {
    const { object, objectStore } = await world();
    await mkdir(dirname(object), { recursive: true });
    await writeFile(object, 'by hand');
    expect(await objectStore.list('images/')).toEqual([
      { key: KEY, ...(await digestFile(object)), visibility: 'private', etag: expect.stringMatching(/^0-/) },
    ]);
  });

  it('reads a text that is not UTF-8', async () => {
    const { object, objectStore } = await world();
    await mkdir(dirname(object), { recursive: true });
    await writeFile(object, Buffer.from([0xff, 0xfe, 0x41]));
    expect((await objectStore.readText(KEY))?.text).toContain('A');
  });

  it('never changes with the file that was stored', async () => {
    const { root, objectStore, object } = await world();
    const file = join(root, 'VERSION');
    await writeFile(file, 'published');
    const announced = await digestFile(file);
    await objectStore.putFile({
      ...announced,
      key: KEY,
      file,
      mediaType: 'text/plain',
      visibility: 'public',
      expected: { kind: 'anything' },
    });
    await appendFile(file, ' and edited');
    expect(await readFile(object, 'utf8')).toBe('published');
  });

  it('refuses a key below an object, a key above objects, and a key that leaves the store', async () => {
    const { put, objectStore } = await world();
    await put('a/b', 'x');
    await expect(put('a', 'x')).rejects.toMatchObject({ code: 'store.key-blocked' });
    await expect(put('a/b/c', 'x')).rejects.toMatchObject({ code: 'store.key-blocked' });
    await expect(put('../outside', 'x')).rejects.toMatchObject({ code: 'artifact.name-unsafe' });
    expect((await objectStore.list('')).map(({ key }) => key)).toEqual(['a/b']);
    expect(await objectStore.readText('a/b')).toMatchObject({ text: 'x' });
  });

  it('stops copying when the signal is aborted and leaves nothing', async () => {
    const { root, objectStore, store } = await world();
    const file = join(root, 'image');
    await writeFile(file, Buffer.alloc(100_000));
    const put = objectStore.putFile({
      ...(await digestFile(file)),
      key: KEY,
      file,
      mediaType: 'application/octet-stream',
      visibility: 'public',
      expected: { kind: 'anything' },
      signal: AbortSignal.abort(new Error('stopped')),
    });
    await expect(put).rejects.toThrow('stopped');
    expect(await readdir(join(store, 'incoming'))).toEqual([]);
  });

  it('says which file is missing', async () => {
    const { root, objectStore } = await world();
    const file = join(root, 'missing.json');
    const put = objectStore.putFile({
      key: KEY,
      file,
      sizeBytes: 1,
      sha256: '0'.repeat(64),
      mediaType: 'a/b',
      visibility: 'public',
      expected: { kind: 'anything' },
    });
    await expect(put).rejects.toMatchObject({
      code: 'content.missing',
      message: expect.stringContaining(file),
    });
  });

  it('names the file when a record was damaged', async () => {
    const { sidecar, objectStore, put } = await world();
    await put(KEY, 'x');
    await writeFile(sidecar, '{"records":[{}]}');
    await expect(objectStore.find(KEY)).rejects.toMatchObject({
      code: 'world.damaged',
      message: expect.stringContaining(sidecar),
    });
  });
});
