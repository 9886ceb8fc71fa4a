import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type AssetStage, bytesOf, setAssetStage } from './balena-asset-stage.ts';

const KEY = 'compressed/part-0.deflate';
const PART_BYTES = 5000;
const LARGE = 23_000;

const setStage = () => setAssetStage({ partBytes: PART_BYTES });
const sentParts = (stage: AssetStage) =>
  stage.server.requests.filter(({ method }) => method === 'PUT').length;
const readBack = (stage: AssetStage) =>
  stage.server.requests.filter(({ method, path }) => method === 'GET' && path.startsWith('/files/')).length;

describe('what a balena file store says about a part', () => {
  it('proves the content when it is the MD5 of what was read', async () => {
    const stage = await setStage();
    const request = await stage.request(KEY, bytesOf(LARGE));
    await stage.assets.attach(request);
    expect([sentParts(stage), readBack(stage)]).toEqual([5, 0]);
    expect(await stage.storedSha256(KEY)).toBe(request.sha256);
  });

  it.each(['opaque', 'keyed'] as const)(
    'is no proof when its ETag is %s: the content is read back',
    async (kind) => {
      const stage = await setStage();
      stage.storage.answerEtags(['md5', kind]);
      await stage.assets.attach(await stage.request(KEY, bytesOf(LARGE)));
      expect([sentParts(stage), readBack(stage)]).toEqual([5, 1]);
    },
  );

  it('has a part sent again that arrived otherwise', async () => {
    const stage = await setStage();
    stage.storage.answerEtags(['md5', 'wrong']);
    const request = await stage.request(KEY, bytesOf(LARGE));
    await stage.assets.attach(request);
    expect(sentParts(stage)).toBe(6);
    expect(await stage.storedSha256(KEY)).toBe(request.sha256);
  });

  it('ends the upload when it stays wrong, and keeps what was there', async () => {
    const stage = await setStage();
    const before = await stage.request(KEY, bytesOf(LARGE));
    await stage.assets.attach(before);
    stage.storage.answerEtags(Array.from({ length: 50 }, () => 'wrong' as const));
    await expect(stage.assets.attach(await stage.request(KEY, bytesOf(LARGE)))).rejects.toMatchObject({
      kind: 'integrity',
      code: 'release.asset-part-differs',
      message: expect.stringMatching(
        /^part \d of asset "compressed\/part-0.deflate" arrived with MD5 [0-9a-f]{32}/,
      ),
    });
    expect(await stage.storedSha256(KEY)).toBe(before.sha256);
    expect(stage.storage.openUploads()).toBe(0);
  });

  it('does not hide a content that was spoiled later: it is replaced', async () => {
    const stage = await setStage();
    for (const size of [300, LARGE]) {
      const request = await stage.request(KEY, bytesOf(size));
      await stage.assets.attach(request);
      stage.spoil(KEY, bytesOf(size));
      expect(await stage.assets.readDigest(stage.releaseId, KEY)).not.toMatchObject({
        sha256: request.sha256,
      });
      await stage.assets.attach(request);
      expect(await stage.storedSha256(KEY)).toBe(request.sha256);
    }
  });
});

describe('an upload to balena', () => {
  it('sends only the cut part again', async () => {
    const stage = await setStage();
    stage.server.fail({ method: 'PUT', nth: 3, times: 3, fault: { kind: 'reset-before' } });
    await stage.assets.attach(await stage.request(KEY, bytesOf(LARGE)));
    expect(stage.storage.receivedBytes()).toBe(LARGE);
  });

  it('waits as long as the store asks, a minute at most', async () => {
    const stage = await setStage();
    const busy = (seconds: string) =>
      ({ kind: 'status', status: 503, headers: { 'retry-after': seconds } }) as const;
    stage.server.fail({ method: 'PUT', nth: 1, fault: busy('17') });
    stage.server.fail({ method: 'PUT', nth: 2, fault: busy('3600') });
    await stage.assets.attach(await stage.request(KEY, bytesOf(LARGE)));
    expect(stage.clock.sleeps.toSorted((a, b) => a - b)).toEqual([17_000, 60_000]);
  });

  it('begins anew when its addresses have run out, and gives the old upload up', async () => {
    const stage = await setStage();
    const expired = Buffer.from(
      '<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>',
    );
    stage.server.fail({ method: 'PUT', nth: 4, fault: { kind: 'status', status: 403, body: expired } });
    const request = await stage.request(KEY, bytesOf(LARGE));
    await stage.assets.attach(request);
    expect(stage.server.requests.filter(({ path }) => path.endsWith('/cancelUpload'))).toHaveLength(1);
    expect(stage.storage.openUploads()).toBe(0);
    expect(await stage.storedSha256(KEY)).toBe(request.sha256);
  });

  it('says that the clocks differ when fresh addresses are refused for that', async () => {
    const stage = await setStage();
    const body = Buffer.from('<Error><Code>RequestTimeTooSkewed</Code></Error>');
    stage.server.fail({ method: 'PUT', times: 99, fault: { kind: 'status', status: 403, body } });
    await expect(stage.assets.attach(await stage.request(KEY, bytesOf(LARGE)))).rejects.toMatchObject({
      kind: 'upstream',
      code: 'balena.storage-clock',
      retryable: true,
    });
    expect(stage.storage.openUploads()).toBe(0);
  });

  it('stops at a full store and says that room is needed', async () => {
    const stage = await setStage();
    stage.server.fail({ method: 'PUT', times: 99, fault: { kind: 'status', status: 507 } });
    const error = await stage.assets
      .attach(await stage.request(KEY, bytesOf(LARGE)))
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ kind: 'upstream', code: 'balena.storage-full', retryable: false });
    expect(error.message).toMatch(
      /^the file store 127\.0\.0\.1:\d+\/files\/asset_[0-9a-f-]+ takes no more: 507$/,
    );
    expect(sentParts(stage)).toBeLessThanOrEqual(4);
    expect(stage.storage.openUploads()).toBe(0);
  });

  it('is cancelled when the run is, and the next one has it', async () => {
    const stage = await setStage();
    const stop = new AbortController();
    const reason = new Error('SIGINT');
    const request = await stage.request(KEY, bytesOf(LARGE));
    const attached = stage.assets.attach({
      ...request,
      signal: stop.signal,
      onSent: () => stop.abort(reason),
    });
    await expect(attached).rejects.toBe(reason);
    expect(stage.storage.openUploads()).toBe(0);
    await expect(stage.assets.attach({ ...request, signal: stop.signal })).rejects.toBe(reason);
    await stage.assets.attach(request);
    expect(await stage.storedSha256(KEY)).toBe(request.sha256);
    expect(stage.rows(KEY)).toHaveLength(1);
  });

  it('of the same file by two at once makes one row with the content', async () => {
    const stage = await setStage();
    for (const size of [300, LARGE]) {
      const key = `of-${size}`;
      const request = await stage.request(key, bytesOf(size));
      await Promise.all([
        stage.assets.attach(request),
        stage.assets.attach(request),
        stage.assets.attach(request),
      ]);
      expect(stage.rows(key)).toHaveLength(1);
      expect(await stage.storedSha256(key)).toBe(request.sha256);
    }
    expect(stage.storage.openUploads()).toBe(0);
  });

  it('is gone on with by the next process after a kill at any request', async () => {
    const program = fileURLToPath(new URL('./balena-attach-asset.ts', import.meta.url));
    for (const path of [/release_asset$/, /beginUpload/, /^\/files\//, /commitUpload/]) {
      const stage = await setStage();
      const request = await stage.request(KEY, bytesOf(LARGE));
      const times = path.source.includes('files') ? 4 : 1;
      stage.server.fail({ path, times, fault: { kind: 'hang' } });
      const { promise: seen, resolve } = Promise.withResolvers<void>();
      let hanging = 0;
      stage.server.onRequest((asked) => {
        if (path.test(asked.path)) hanging += 1;
        if (hanging === times) resolve();
      });
      const child = spawn(
        process.execPath,
        [program, stage.server.url, JSON.stringify(request), String(PART_BYTES)],
        {
          env: { ...process.env, BALENA_API_KEY: stage.server.token },
          stdio: ['ignore', 'ignore', 'inherit'],
        },
      );
      await seen;
      child.kill('SIGKILL');
      await once(child, 'exit');
      await stage.assets.attach(request);
      expect(stage.rows(KEY)).toHaveLength(1);
      expect(await stage.storedSha256(KEY)).toBe(request.sha256);
    }
  });
});
