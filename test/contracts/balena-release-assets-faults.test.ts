import { OsrelError } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import type { Fault } from '../servers/balena/balena-fault.ts';
import {
  type AssetStage,
  attachLikeEngine,
  bytesOf,
  type StageOptions,
  setAssetStage,
} from './balena-asset-stage.ts';
import { sha256Of } from './temporary-folder.ts';

const KEY = 'compressed/part-0.deflate';
const PART_BYTES = 5000;
const SMALL = bytesOf(3000);
const LARGE = bytesOf(11_000);
const EARLIER = bytesOf(LARGE.length);

const skewed = Buffer.from('<Error><Code>RequestTimeTooSkewed</Code></Error>');

/** What passes by itself: the caller never hears of it. */
const PASSING: Readonly<Record<string, Fault>> = {
  'is cut before it is done': { kind: 'reset-before' },
  'is cut after it was done': { kind: 'reset-after' },
  'is answered slowly': { kind: 'slow' },
  'is answered in part': { kind: 'truncated' },
  "is answered by a proxy's page with 200": { kind: 'html', status: 200 },
  "is answered by a proxy's page with 502": { kind: 'html', status: 502 },
  'is answered 429': { kind: 'status', status: 429, headers: { 'retry-after': '7' } },
  'is answered 500': { kind: 'status', status: 500 },
  'is answered 502': { kind: 'status', status: 502 },
  'is answered 503': { kind: 'status', status: 503 },
  'is answered 504': { kind: 'status', status: 504 },
};

/** What may stop the attempt, with a word about what to do; the next one must find its way. */
const STOPPING: Readonly<Record<string, Fault>> = {
  'is answered 400 RequestTimeTooSkewed': { kind: 'status', status: 400, body: skewed },
  'is answered 401': { kind: 'status', status: 401 },
  'is answered 403': { kind: 'status', status: 403 },
  'is answered 403 RequestTimeTooSkewed': { kind: 'status', status: 403, body: skewed },
  'is answered 404': { kind: 'status', status: 404 },
  'is answered 409': { kind: 'status', status: 409 },
  'is answered 412': { kind: 'status', status: 412 },
  'is answered 507': { kind: 'status', status: 507 },
};

/** What is attached, and what the row is like before. */
const CASES = {
  'a new small file': { content: SMALL, before: 'nothing' },
  'another small file': { content: SMALL, before: 'other' },
  'a new large file': { content: LARGE, before: 'nothing' },
  'a large file after a cut upload': { content: LARGE, before: 'empty' },
  'another large file of the same size': { content: LARGE, before: 'other' },
} as const;

describe.each(Object.entries(CASES))('attaching %s', (_name, { content, before }) => {
  const prepare = async (options: StageOptions = {}): Promise<AssetStage> => {
    const stage = await setAssetStage({ partBytes: PART_BYTES, ...options });
    const earlier = EARLIER.subarray(0, content.length);
    if (before === 'other') await stage.assets.attach(await stage.request(KEY, earlier));
    if (before === 'empty') stage.addEmptyRow(KEY);
    return stage;
  };

  const countRequests = async (): Promise<number> => {
    const stage = await prepare();
    const already = stage.server.requests.length;
    await stage.assets.attach(await stage.request(KEY, content));
    return stage.server.requests.length - already;
  };

  const expectRight = async (stage: AssetStage, where: string): Promise<void> => {
    expect(stage.rows(KEY), where).toHaveLength(1);
    expect(await stage.storedSha256(KEY), where).toBe(sha256Of(content));
    // The reply that named the upload may have been lost: nobody can cancel what nobody knows.
    expect(stage.storage.openUploads(), where).toBeLessThanOrEqual(1);
  };

  it.each(Object.entries(PASSING))('does not mind when any one request %s', async (_name, fault) => {
    const requests = await countRequests();
    for (let nth = 1; nth <= requests; nth += 1) {
      const where = `request ${nth} of ${requests}`;
      const stage = await prepare();
      const already = stage.storage.receivedBytes();
      stage.server.fail({ nth, fault });
      await stage.assets.attach(await stage.request(KEY, content));
      await expectRight(stage, where);
      // At most the part whose request failed went twice.
      expect(stage.storage.receivedBytes() - already, where).toBeLessThanOrEqual(content.length + PART_BYTES);
    }
  });

  it.each(Object.entries(STOPPING))('goes on later when any one request %s (W19)', async (_name, fault) => {
    const requests = await countRequests();
    for (let nth = 1; nth <= requests; nth += 1) {
      const where = `request ${nth} of ${requests}`;
      const stage = await prepare();
      const request = await stage.request(KEY, content);
      stage.server.fail({ nth, fault });
      const first = await attachLikeEngine(stage.assets, request);
      if (first instanceof OsrelError) {
        expect(first.hint, where).toMatch(/./);
        expect(['permission', 'upstream', 'conflict'], `${where}: ${first.message}`).toContain(first.kind);
        expect(`${first.message} ${first.hint}`).not.toMatch(/X-Amz|key-of-the/);
        if (first.kind === 'permission') expect(first.message).toContain('BALENA_API_KEY');
        await stage.assets.attach(request);
      }
      await expectRight(stage, where);
    }
  });

  it('gives up a request that hears nothing, and asks again', async () => {
    const requests = await countRequests();
    for (let nth = 1; nth <= requests; nth += 1) {
      const stage = await prepare({ silenceMs: 400 });
      stage.server.fail({ nth, fault: { kind: 'hang' } });
      await attachLikeEngine(stage.assets, await stage.request(KEY, content));
      await expectRight(stage, `request ${nth} of ${requests}`);
    }
  });

  it('is right while every write is seen late', async () => {
    const stage = await prepare();
    stage.server.world.lag(3);
    const request = await stage.request(KEY, content);
    stage.server.fail({
      method: 'POST',
      path: /release_asset$|commitUpload/,
      fault: { kind: 'reset-after' },
    });
    await stage.assets.attach(request);
    await expectRight(stage, 'with lag');
  });
});
