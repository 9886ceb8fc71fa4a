import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectStore, PutTextRequest } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { fileWith, sha256Of, temporaryFolder } from './temporary-folder.ts';

/** What every object store must do. `makeStore` may hand out the same bucket again: each test uses keys of its own. */
export function describeObjectStore(name: string, makeStore: () => Promise<ObjectStore>): void {
  const text = (key: string, change: Partial<PutTextRequest> = {}): PutTextRequest => ({
    key,
    text: `text of ${key}`,
    mediaType: 'text/plain',
    visibility: 'public',
    expected: { kind: 'anything' },
    ...change,
  });
  const freshPrefix = () => `contract/${randomUUID()}/`;

  describe(`${name} as an object store`, () => {
    it('answers undefined for a key that nobody wrote', async () => {
      const store = await makeStore();
      const key = `${freshPrefix()}VERSION`;
      expect(await store.find(key)).toBeUndefined();
      expect(await store.readText(key)).toBeUndefined();
    });

    it('gives back a text with its size, digest and visibility', async () => {
      const store = await makeStore();
      const key = `${freshPrefix()}6.5.1+rev2/VERSION`;
      const put = await store.putText(text(key, { text: '6.5.1\n', visibility: 'private' }));
      expect(put).toMatchObject({ key, sizeBytes: 6 });
      expect([null, 'private']).toContain(put.visibility);
      expect(await store.find(key)).toEqual(put);
      expect(await store.readText(key)).toEqual({ text: '6.5.1\n', etag: put.etag });
      expect([null, sha256Of('6.5.1\n')]).toContain(put.sha256);
    });

    it('keeps an empty object', async () => {
      const store = await makeStore();
      const key = `${freshPrefix()}IGNORE`;
      await store.putText(text(key, { text: '' }));
      expect(await store.find(key)).toMatchObject({ sizeBytes: 0 });
      expect(await store.readText(key)).toMatchObject({ text: '' });
    });

    it('lists what lies below a prefix, sorted by key, and nothing else', async () => {
      const store = await makeStore();
      const prefix = freshPrefix();
      for (const key of ['b/2', 'a', 'b/1', 'bb']) await store.putText(text(prefix + key));
      expect((await store.list(`${prefix}b/`)).map(({ key }) => key)).toEqual([
        `${prefix}b/1`,
        `${prefix}b/2`,
      ]);
      expect((await store.list(prefix)).map(({ key }) => key)).toEqual(
        ['a', 'b/1', 'b/2', 'bb'].map((key) => prefix + key),
      );
      expect(await store.list(freshPrefix())).toEqual([]);
    });

    it('stores a file with the digest that was announced', async () => {
      const store = await makeStore();
      const key = `${freshPrefix()}compressed/part-0.deflate`;
      const file = await fileWith(Buffer.alloc(3_000_000, 7));
      const put = await store.putFile({
        ...file,
        key,
        mediaType: 'application/octet-stream',
        visibility: 'public',
        expected: { kind: 'anything' },
      });
      expect(put).toMatchObject({ key, sizeBytes: 3_000_000 });
      expect([null, 'public']).toContain(put.visibility);
      expect(await store.find(key)).toEqual(put);
    });

    it('refuses a file that is not what was announced, and keeps what was there', async () => {
      const store = await makeStore();
      const key = `${freshPrefix()}image.json`;
      await store.putText(text(key, { text: 'old' }));
      const file = await fileWith('new content');
      const wish = {
        ...file,
        key,
        mediaType: 'application/json',
        visibility: 'public' as const,
        expected: { kind: 'anything' as const },
      };
      await expect(store.putFile({ ...wish, sha256: sha256Of('other') })).rejects.toMatchObject({
        kind: 'integrity',
      });
      await expect(store.putFile({ ...wish, sizeBytes: 5 })).rejects.toMatchObject({ kind: 'integrity' });
      expect(await store.readText(key)).toMatchObject({ text: 'old' });
    });

    it('changes the etag when the content changes', async () => {
      const store = await makeStore();
      const key = `${freshPrefix()}latest`;
      const first = await store.putText(text(key, { text: '6.5.0\n' }));
      const second = await store.putText(text(key, { text: '6.5.1\n' }));
      expect(second.etag).not.toBe(first.etag);
      expect((await store.find(key))?.etag).toBe(second.etag);
    });

    it('refuses a write whose expectation does not hold, and changes nothing', async () => {
      const store = await makeStore();
      const key = `${freshPrefix()}latest`;
      const first = await store.putText(text(key, { text: 'a', expected: { kind: 'absent' } }));
      const second = await store.putText(
        text(key, { text: 'b', expected: { kind: 'etag', etag: first.etag } }),
      );
      const refused = { kind: 'conflict', code: 'store.precondition' };
      await expect(store.putText(text(key, { expected: { kind: 'absent' } }))).rejects.toMatchObject(refused);
      await expect(
        store.putText(text(key, { expected: { kind: 'etag', etag: first.etag } })),
      ).rejects.toMatchObject(refused);
      expect(await store.readText(key)).toEqual({ text: 'b', etag: second.etag });
    });

    it('lets exactly one of many writers make a key that must be absent', async () => {
      const store = await makeStore();
      const key = `${freshPrefix()}claim`;
      const writers = Array.from({ length: 6 }, (_, index) =>
        store.putText(text(key, { text: `writer ${index}`, expected: { kind: 'absent' } })),
      );
      const settled = await Promise.allSettled(writers);
      const winners = settled.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []));
      expect(winners).toHaveLength(1);
      expect(await store.readText(key)).toMatchObject({ text: `writer ${winners[0]}` });
    });

    it('tells the folders directly below a prefix', async () => {
      const store = await makeStore();
      const prefix = freshPrefix();
      for (const key of ['6.5.1+rev2/IGNORE', '6.5.1+rev2/a/b', '6.5.0/VERSION', 'latest'])
        await store.putText(text(prefix + key));
      expect(await store.listFolders(prefix)).toEqual(['6.5.0', '6.5.1+rev2']);
      expect(await store.listFolders(freshPrefix())).toEqual([]);
    });

    it('reads the content of an object back as a consumer does (W18)', async () => {
      const store = await makeStore();
      const key = `${freshPrefix()}VERSION`;
      await store.putText(text(key, { text: '6.5.1\n' }));
      expect(await store.readDigest(key)).toEqual({ sizeBytes: 6, sha256: sha256Of('6.5.1\n') });
      expect(await store.readDigest(`${key}.missing`)).toBeUndefined();
    });

    it('makes a file from an object, or none when it is not what was asked for', async () => {
      const store = await makeStore();
      const key = `${freshPrefix()}compressed/part-0.deflate`;
      const { file: source, ...digest } = await fileWith(Buffer.alloc(2_000_000, 5));
      const wish = { key, mediaType: 'application/octet-stream', visibility: 'public' as const };
      await store.putFile({ ...wish, ...digest, file: source, expected: { kind: 'absent' } });
      const folder = await temporaryFolder();
      await store.fetchFile({ key, file: join(folder, 'part'), ...digest });
      expect(await readFile(join(folder, 'part'))).toEqual(Buffer.alloc(2_000_000, 5));
      await expect(
        store.fetchFile({ key, file: join(folder, 'other'), ...digest, sha256: sha256Of('other') }),
      ).rejects.toMatchObject({ kind: 'integrity' });
      expect(await readdir(folder)).toEqual(['part']);
    });

    it('does not overwrite a file that somebody else stored meanwhile', async () => {
      const store = await makeStore();
      const key = `${freshPrefix()}image.json`;
      await store.putText(text(key, { text: 'theirs' }));
      const file = await fileWith('ours');
      const wish = { ...file, key, mediaType: 'application/json', visibility: 'public' as const };
      await expect(store.putFile({ ...wish, expected: { kind: 'absent' } })).rejects.toMatchObject({
        code: 'store.precondition',
      });
      expect(await store.readText(key)).toMatchObject({ text: 'theirs' });
    });

    it('removes an object, and an absent one too', async () => {
      const store = await makeStore();
      const key = `${freshPrefix()}IGNORE`;
      await store.putText(text(key));
      await store.remove(key);
      await store.remove(key);
      expect(await store.find(key)).toBeUndefined();
    });

    it('takes a key again after it was removed', async () => {
      const store = await makeStore();
      const key = `${freshPrefix()}IGNORE`;
      await store.putText(text(key));
      await store.remove(key);
      await store.putText(text(key, { text: 'again', expected: { kind: 'absent' } }));
      expect(await store.readText(key)).toMatchObject({ text: 'again' });
    });
  });
}
