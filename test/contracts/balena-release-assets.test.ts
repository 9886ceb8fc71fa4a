import { readdirSync, readlinkSync, truncateSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createBalenaWorld } from '../../packages/adapters/src/balena/create-balena-world.ts';
import { createFixedClock } from '../fakes/fixed-clock.ts';
import { addApplication } from '../servers/balena/seed-world.ts';
import { createStandInRegistry } from '../servers/balena/stand-in-registry.ts';
import { startBalenaApi } from '../servers/balena/start-balena-api.ts';
import { bytesOf, MEBIBYTE, setAssetStage } from './balena-asset-stage.ts';
import { describeReleaseAssets } from './release-assets.ts';
import { sha256Of } from './temporary-folder.ts';

const APPLICATION = 'admin/raspberrypi4-64';

describeReleaseAssets('balena', async () => {
  const server = await startBalenaApi();
  onTestFinished(() => server.close());
  addApplication(server.world, { slug: APPLICATION });
  const { releaseAssets, hostappReleases } = createBalenaWorld({
    api: server.url,
    registry: server.url,
    readToken: () => server.token,
    tokenVariable: 'BALENA_API_KEY',
    clock: createFixedClock(),
    images: createStandInRegistry(),
  });
  return { assets: releaseAssets, releases: hostappReleases, application: APPLICATION };
});

describe('an empty file', () => {
  it('is attached where the server keeps the files of forms, also over another content', async () => {
    const stage = await setAssetStage({ partBytes: 5000 });
    stage.storage.formFiles = 'kept';
    await stage.assets.attach(await stage.request('VERSION', ''));
    expect(await stage.assets.readDigest(stage.releaseId, 'VERSION')).toEqual({
      sizeBytes: 0,
      sha256: sha256Of(''),
    });
    await stage.assets.attach(await stage.request('LICENSE', 'text'));
    await stage.assets.attach(await stage.request('LICENSE', ''));
    expect(await stage.storedSha256('LICENSE')).toBe(sha256Of(''));
  });

  it.each(['nothing', 'a row', 'a content'])(
    'is refused with the reason where it drops them: over %s',
    async (before) => {
      const stage = await setAssetStage({ partBytes: 5000 });
      if (before === 'a row') stage.addEmptyRow('VERSION');
      if (before === 'a content') await stage.assets.attach(await stage.request('VERSION', 'text'));
      const attaching = stage.assets.attach(await stage.request('VERSION', ''));
      await expect(attaching).rejects.toMatchObject({ kind: 'refused', code: 'release.asset-empty' });
    },
  );
});

describe('release assets on balena', () => {
  it.each([
    'service/a b/licenses v1.tar.gz',
    "it's 100% #1 + more & so on?.json",
    "images/a;b,(c)=d'%27.json",
    'compressed/größe-日本語-🚀.deflate',
    `images/${'ü'.repeat(200)}.img`,
    `compressed/${'x'.repeat(244)}`,
  ])('keep the key %j, whatever the file may be called', async (key) => {
    const stage = await setAssetStage({ partBytes: 5000 });
    for (const content of [bytesOf(100), bytesOf(12_000)]) {
      const request = await stage.request(key, content);
      await stage.assets.attach(request);
      expect((await stage.assets.list(stage.releaseId)).map((asset) => asset.key)).toEqual([key]);
      expect(await stage.assets.readDigest(stage.releaseId, key)).toEqual({
        sizeBytes: content.length,
        sha256: request.sha256,
      });
      const asset = stage.rows(key)[0]?.asset as { readonly filename: string };
      expect(Buffer.byteLength(asset.filename)).toBeLessThanOrEqual(255);
    }
  });

  it('cost one read and the four requests of an upload', async () => {
    const stage = await setAssetStage({ partBytes: 5000 });
    const request = await stage.request('image.json', bytesOf(100));
    await stage.assets.list(stage.releaseId);
    const before = stage.server.requests.length;
    await stage.assets.attach(request);
    expect(
      stage.server.requests
        .slice(before)
        .map(({ method, path }) => `${method} ${path.replace(/[?(].*/, '')}`),
    ).toEqual([
      'GET /v7/release',
      'POST /v7/release_asset',
      'POST /v7/release_asset',
      expect.stringMatching(/^PUT \/files/),
      'POST /v7/release_asset',
    ]);
  });

  it('take sixty files of all sizes at once, with four on the way and few files open', async () => {
    const stage = await setAssetStage({ partBytes: 5000 });
    const sizes = Array.from({ length: 60 }, (_, index) =>
      index % 5 === 0 ? 17_000 + index : index * 80 + 1,
    );
    const requests = await Promise.all(
      sizes.map((size, index) => stage.request(`compressed/part-${index}.deflate`, bytesOf(size))),
    );
    const files = new Set(requests.map(({ file }) => file));
    const open: number[] = [];
    const parts = sizes.reduce((sum, size) => sum + Math.ceil(size / 5000), 0);
    // No part is answered before four are there: whatever runs at once is at its most then.
    const waiting: (() => void)[] = [];
    stage.storage.beforePartAnswer = () =>
      new Promise((answer) => {
        open.push(countOpen(files));
        waiting.push(answer);
        if (waiting.length === 4 || open.length === parts) for (const each of waiting.splice(0)) each();
      });
    await Promise.all(requests.map((request) => stage.assets.attach(request)));
    expect(stage.server.world.rows('release_asset')).toHaveLength(60);
    for (const { key, sha256 } of requests) expect(await stage.storedSha256(key)).toBe(sha256);
    expect(stage.storage.openUploads()).toBe(0);
    expect(open).toHaveLength(parts);
    // Four that are sent, two that are digested; of each a mebibyte is in memory.
    expect(Math.max(...open)).toBeLessThanOrEqual(6);
    expect(Math.max(...open)).toBeGreaterThanOrEqual(4);
  });

  it('go in one part up to five mebibytes, in parts beyond', async () => {
    const stage = await setAssetStage();
    for (const [size, parts] of [
      [5 * MEBIBYTE, 1],
      [5 * MEBIBYTE + 1, 2],
      [11 * MEBIBYTE, 3],
    ] as const) {
      const before = stage.server.requests.length;
      const request = await stage.request(`of-${size}`, bytesOf(size));
      await stage.assets.attach(request);
      const sent = stage.server.requests.slice(before).filter(({ method }) => method === 'PUT');
      expect(sent).toHaveLength(parts);
      expect(await stage.assets.readDigest(stage.releaseId, request.key)).toEqual({
        sizeBytes: size,
        sha256: request.sha256,
      });
    }
  });

  it('are listed by one request, an upload that never finished as incomplete', async () => {
    const stage = await setAssetStage();
    await stage.assets.attach(await stage.request('VERSION', '6.5.1\n'));
    stage.addEmptyRow('image.json');
    const before = stage.server.requests.length;
    expect(await stage.assets.list(stage.releaseId)).toEqual([
      { key: 'VERSION', sizeBytes: 6, sha256: null, isComplete: true },
      { key: 'image.json', sizeBytes: 0, sha256: null, isComplete: false },
    ]);
    expect(stage.server.requests.length - before).toBe(1);
    expect(await stage.assets.readText(stage.releaseId, 'image.json')).toBeUndefined();
    expect(await stage.assets.readDigest(stage.releaseId, 'image.json')).toBeUndefined();
    expect(await stage.assets.readDigest(stage.releaseId, 'nowhere')).toBeUndefined();
  });

  it('are not written again when they are there (W19)', async () => {
    const stage = await setAssetStage({ partBytes: 5000 });
    const requests = [await stage.request('a', bytesOf(10)), await stage.request('b', bytesOf(10_001))];
    for (const request of requests) await stage.assets.attach(request);
    const before = stage.server.requests.length;
    for (const request of requests) await stage.assets.attach(request);
    const again = stage.server.requests.slice(before);
    expect(again.map(({ method }) => method)).toEqual(again.map(() => 'GET'));
  });

  it('never show the key to the file store', async () => {
    const stage = await setAssetStage({ partBytes: 5000 });
    await stage.assets.attach(await stage.request('a', bytesOf(10_001)));
    await stage.assets.readText(stage.releaseId, 'a');
    const stored = stage.server.requests.filter(({ path }) => path.startsWith('/files/'));
    expect(stored.length).toBe(4);
    expect(stored.every(({ authorized }) => !authorized)).toBe(true);
  });

  it('tell what arrived, each byte once', async () => {
    const stage = await setAssetStage({ partBytes: 5000 });
    stage.server.fail({ method: 'PUT', nth: 2, fault: { kind: 'status', status: 403 } });
    for (const size of [3000, 23_000]) {
      const sent: number[] = [];
      const request = await stage.request(`of-${size}`, bytesOf(size));
      await stage.assets.attach({ ...request, onSent: (bytes) => void sent.push(bytes) });
      expect(sent.reduce((sum, bytes) => sum + bytes, 0)).toBe(size);
      expect(sent.every((bytes) => bytes > 0)).toBe(true);
    }
  });

  it('refuse a file that changed after it was digested, and keep what was there', async () => {
    const stage = await setAssetStage({ partBytes: 5000 });
    for (const size of [3000, 12_000]) {
      const old = await stage.request('image', bytesOf(size));
      await stage.assets.attach(old);
      const longer = await stage.request('image', bytesOf(size));
      await appendFile(longer.file, 'x');
      await expect(stage.assets.attach(longer)).rejects.toMatchObject({ code: 'content.differs' });
      const other = { ...(await stage.request('image', bytesOf(size))), sha256: sha256Of('other') };
      await expect(stage.assets.attach(other)).rejects.toMatchObject({ code: 'content.differs' });
      const gone = { ...(await stage.request('image', bytesOf(size))), file: '/nowhere/at/all' };
      await expect(stage.assets.attach(gone)).rejects.toMatchObject({ code: 'content.missing' });
      expect(await stage.storedSha256('image')).toBe(old.sha256);
    }
    expect(stage.storage.openUploads()).toBe(0);
  });

  it('refuse a file that becomes shorter while it is sent', async () => {
    const stage = await setAssetStage({ partBytes: 5000 });
    const request = await stage.request('image', bytesOf(40_000));
    const attached = stage.assets.attach({ ...request, onSent: () => truncateSync(request.file, 100) });
    await expect(attached).rejects.toMatchObject({ code: 'content.differs' });
    expect(stage.rows('image')).toMatchObject([{ asset: null }]);
    expect(stage.storage.openUploads()).toBe(0);
  });

  it('leave a final release as it is, and say so when its content cannot be read', async () => {
    const stage = await setAssetStage({ partBytes: 5000 });
    const there = await stage.request('VERSION', 'frozen');
    await stage.assets.attach(there);
    stage.finalize();
    const other = await stage.request('VERSION', 'change');
    await expect(stage.assets.attach(other)).rejects.toMatchObject({ code: 'release.assets-frozen' });
    stage.server.fail({ path: /^\/files/, times: 5, fault: { kind: 'status', status: 503 } });
    await expect(stage.assets.attach(there)).rejects.toMatchObject({
      code: 'balena.storage-unavailable',
      retryable: true,
    });
    expect(await stage.storedSha256('VERSION')).toBe(there.sha256);
  });

  it('name a release that is not there', async () => {
    const stage = await setAssetStage();
    const request = { ...(await stage.request('VERSION', 'x')), releaseId: 4711 };
    await expect(stage.assets.attach(request)).rejects.toMatchObject({
      code: 'release.missing',
      message: expect.stringContaining('4711'),
    });
  });
});

/** How many files of these this process has open; one that is open twice counts twice. */
function countOpen(files: ReadonlySet<string>): number {
  return readdirSync('/proc/self/fd').filter((name) => {
    try {
      return files.has(readlinkSync(`/proc/self/fd/${name}`));
    } catch {
      // The handle that lists the folder is closed by now.
      return false;
    }
  }).length;
}
