import { randomBytes, randomUUID } from 'node:crypto';
import {
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { createSystemClock } from '@osrel/adapters';
import type { ObjectStore, PutFileRequest } from '@osrel/core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createS3ObjectStore } from '../../packages/adapters/src/s3/create-s3-object-store.ts';
import type { S3StoreOptions } from '../../packages/adapters/src/s3/s3-store-options.ts';
import { startCountingProxy } from '../servers/radosgw/counting-proxy.ts';
import { createBucket } from '../servers/radosgw/create-bucket.ts';
import { type Radosgw, type S3User, startRadosgw, whyNoRadosgw } from '../servers/radosgw/start-radosgw.ts';
import { describeObjectStore } from './object-store.ts';
import { fileWith, sha256Of } from './temporary-folder.ts';

const MEBIBYTE = 1024 * 1024;
const BUCKET = 'osrel-contract';
// Some hundred megabytes go through a server that shares two cores with the other tests.
vi.setConfig({ testTimeout: 180_000 });

const missing = whyNoRadosgw();

let server: Radosgw;
let client: S3Client;

beforeAll(async () => {
  if (missing !== undefined) return;
  const started = await startRadosgw();
  if ('skipped' in started) throw new Error(started.skipped);
  server = started;
  client = await createBucket(server, server, BUCKET);
});

afterAll(async () => {
  client?.destroy();
  await server?.close();
});

afterEach(() => {
  vi.unstubAllEnvs();
});

/** A store of its own, as another process would make it: nothing is remembered from the one before. */
function openStore(change: Partial<S3StoreOptions> = {}, user: S3User = server): ObjectStore {
  vi.stubEnv('AWS_ACCESS_KEY_ID', user.accessKey);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', user.secretKey);
  vi.stubEnv('AWS_SESSION_TOKEN', undefined);
  return createS3ObjectStore({
    bucket: BUCKET,
    region: null,
    endpoint: server.endpoint,
    pathStyle: null,
    acl: 'canned',
    encryption: 'none',
    kmsKey: null,
    clock: createSystemClock(),
    capabilityCache: undefined,
    random: randomUUID,
    ...change,
  });
}

const largeFile = async (mebibytes: number): Promise<PutFileRequest> => ({
  ...(await fileWith(randomBytes(mebibytes * MEBIBYTE))),
  key: `large/${randomUUID()}/balena.img`,
  mediaType: 'application/octet-stream',
  visibility: 'private',
  expected: { kind: 'absent' },
});

const listUploads = async (key: string) =>
  (await client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET, Prefix: key }))).Uploads ?? [];

/** Bytes of the parts that the server holds of the one unfinished upload of the key. */
const keptBytes = async (key: string): Promise<number> => {
  const uploads = await listUploads(key);
  expect(uploads).toHaveLength(1);
  const UploadId = uploads[0]?.UploadId ?? '';
  const { Parts = [] } = await client.send(new ListPartsCommand({ Bucket: BUCKET, Key: key, UploadId }));
  return Parts.reduce((sum, { Size = 0 }) => sum + Size, 0);
};

describe.skipIf(missing !== undefined)(`a real S3 server (${missing ?? 'radosgw'})`, () => {
  describeObjectStore('radosgw', async () => openStore());
  describeObjectStore('radosgw without access lists', async () => openStore({ acl: 'none' }));

  it('shows everybody what is public, and nobody what is private', async () => {
    const store = openStore();
    const prefix = `visibility/${randomUUID()}`;
    const text = { text: '6.5.1\n', mediaType: 'text/plain', expected: { kind: 'anything' } as const };
    await store.putText({ ...text, key: `${prefix}/public`, visibility: 'public' });
    await store.putText({ ...text, key: `${prefix}/private`, visibility: 'private' });
    const read = (name: string) => fetch(`${server.endpoint}/${BUCKET}/${prefix}/${name}`);
    expect(await (await read('public')).text()).toBe('6.5.1\n');
    expect((await read('private')).status).toBe(403);
    expect(await store.find(`${prefix}/public`)).toMatchObject({ visibility: 'public' });
  });

  it('gives back keys with every sign that a version or a name may hold', async () => {
    const store = openStore();
    const prefix = `signs/${randomUUID()}/`;
    const names = ['6.5.1+rev2/a b', '6.5.1+rev2/ü%2B&=?#.txt', '6.5.1~rc1/日本', "6.5.1_(x)/'q'"];
    for (const name of names)
      await store.putText({
        key: prefix + name,
        text: name,
        mediaType: 'text/plain',
        visibility: 'private',
        expected: { kind: 'absent' },
      });
    const listed = (await store.list(prefix)).map(({ key }) => key.slice(prefix.length));
    expect(new Set(listed)).toEqual(new Set(names));
    expect(await store.listFolders(prefix)).toEqual(['6.5.1+rev2', '6.5.1_(x)', '6.5.1~rc1']);
    for (const name of names) expect(await store.readText(prefix + name)).toMatchObject({ text: name });
  });

  it('lists more objects than the server gives at once', async () => {
    const store = openStore({ acl: 'none' });
    const prefix = `pages/${randomUUID()}/`;
    const keys = Array.from({ length: 1010 }, (_, index) => `${prefix}${String(index).padStart(4, '0')}`);
    const left = keys.values();
    const write = async (): Promise<void> => {
      for (const key of left)
        await store.putText({
          key,
          text: '',
          mediaType: 'text/plain',
          visibility: 'private',
          expected: { kind: 'anything' },
        });
    };
    await Promise.all(Array.from({ length: 16 }, write));
    expect((await store.list(prefix)).map(({ key }) => key)).toEqual(keys);
  });

  it('stores a file of many parts byte by byte, and leaves nothing beside it', async () => {
    const store = openStore();
    const request = await largeFile(70);
    let told = 0;
    const stored = await store.putFile({
      ...request,
      onSent: (bytes) => {
        told += bytes;
      },
    });
    expect(told).toBe(request.sizeBytes);
    expect(await store.find(request.key)).toEqual(stored);
    const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: request.key }));
    expect(sha256Of((await Body?.transformToByteArray()) ?? '')).toBe(request.sha256);
    expect((await store.list(request.key)).map(({ key }) => key)).toEqual([request.key]);
    expect(await listUploads(request.key)).toEqual([]);
  });

  it('refuses a file of many parts that is not what was announced, and leaves nothing', async () => {
    const store = openStore();
    const request = await largeFile(40);
    await expect(store.putFile({ ...request, sha256: sha256Of('other') })).rejects.toMatchObject({
      kind: 'integrity',
    });
    expect(await store.find(request.key)).toBeUndefined();
    expect(await listUploads(request.key)).toEqual([]);
  });

  it('goes on with an upload that another process left, and sends no part that is there again', async () => {
    const request = await largeFile(144);
    const proxy = await startCountingProxy(server.endpoint);
    try {
      const cut = new AbortController();
      const first = openStore({ endpoint: proxy.endpoint }).putFile({ ...request, signal: cut.signal });
      const failed = expect(first).rejects.toThrow('cut');
      // More than six slots of at most 8.5 MiB hold: a part has arrived.
      await proxy.whenSent(112 * MEBIBYTE);
      cut.abort(new Error('cut'));
      await failed;
      expect(await openStore().find(request.key)).toBeUndefined();
      const kept = await keptBytes(request.key);
      const before = proxy.sentBytes();
      await openStore({ endpoint: proxy.endpoint }).putFile(request);
      expect(kept).toBeGreaterThan(0);
      expect(proxy.sentBytes() - before).toBeLessThan(request.sizeBytes - kept + MEBIBYTE);
      const { sizeBytes, sha256 } = request;
      expect(await openStore().readDigest(request.key)).toEqual({ sizeBytes, sha256 });
      expect(await listUploads(request.key)).toEqual([]);
    } finally {
      await proxy.close();
    }
  });

  it('lets exactly one of several writers make an object of many parts', async () => {
    const requests = await Promise.all([largeFile(20), largeFile(20), largeFile(20)]);
    const key = requests[0]?.key ?? '';
    const settled = await Promise.allSettled(
      requests.map((request) => openStore().putFile({ ...request, key })),
    );
    const winners = requests.filter((_, index) => settled[index]?.status === 'fulfilled');
    expect(winners).toHaveLength(1);
    for (const each of settled)
      if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'store.precondition' });
    expect(await openStore().readDigest(key)).toMatchObject({ sha256: winners[0]?.sha256 });
  });

  describe('that refuses', () => {
    const text = {
      key: 'refused/latest',
      text: '6.5.1\n',
      mediaType: 'text/plain',
      visibility: 'private',
      expected: { kind: 'anything' },
    } as const;

    it('a secret that is wrong: names the variables of the credentials', async () => {
      const store = openStore({}, { ...server, secretKey: 'wrong' });
      await expect(store.putText(text)).rejects.toMatchObject({
        kind: 'permission',
        code: 'store.credentials-refused',
        hint: expect.stringContaining('AWS_SECRET_ACCESS_KEY'),
      });
    });

    it('a user without rights: names the permission and the object', async () => {
      const store = openStore({}, server.stranger);
      await expect(store.putText(text)).rejects.toMatchObject({
        kind: 'permission',
        message: expect.stringMatching(/s3:PutObject.* on "refused\/latest.*" in bucket "osrel-contract"/),
      });
      await expect(store.list('refused/')).rejects.toMatchObject({
        kind: 'permission',
        message: expect.stringContaining('s3:ListBucket'),
      });
    });

    it('a bucket that is not there: says so for reads and writes', async () => {
      const store = openStore({ bucket: 'osrel-nobody' });
      const told = { kind: 'config', code: 'store.no-bucket' };
      await expect(store.putText(text)).rejects.toMatchObject(told);
      await expect(store.list('images/')).rejects.toMatchObject(told);
      await expect(store.readText('images/latest')).rejects.toMatchObject(told);
    });

    it('more than the quota of the user: says that the store is full, and shows no half object', async () => {
      const bucket = `full-${randomUUID()}`;
      (await createBucket(server, server.full, bucket)).destroy();
      const store = openStore({ bucket }, server.full);
      const request = await largeFile(40);
      await expect(store.putFile(request)).rejects.toMatchObject({ code: 'store.full' });
      expect(await store.find(request.key)).toBeUndefined();
    });

    it('a clock that is an hour off: goes by the time of the server, or tells', async () => {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
      try {
        const store = openStore();
        const outcome = await store.putText({ ...text, key: `skew/${randomUUID()}` }).catch((error) => error);
        expect([undefined, 'store.clock-skew']).toContain(outcome.code);
      } finally {
        vi.useRealTimers();
      }
    });
  });
});
