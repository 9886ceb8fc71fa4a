import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { S3Fault } from '../servers/s3/s3-faults.ts';
import { S3_PROFILES } from '../servers/s3/s3-profile.ts';
import { impatientClock, largeFile, openS3, startTestS3 } from './s3-stage.ts';
import { temporaryFolder } from './temporary-folder.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const PASSING: readonly S3Fault[] = [
  { kind: 'status', status: 503, code: 'SlowDown', headers: { 'retry-after': '3' } },
  { kind: 'reset-before' },
  { kind: 'cut' },
  { kind: 'truncated' },
  { kind: 'page', status: 200 },
  { kind: 'page', status: 502 },
  { kind: 'silence' },
];

async function filledServer() {
  const server = await startTestS3(S3_PROFILES.aws);
  const store = openS3(server);
  const file = await largeFile(300_000, { key: 'images/a b+c/6.5.1+rev2/image.img' });
  await store.putFile(file);
  for (const name of ['IGNORE', 'VERSION', 'ü%.txt', 'x/y', 'x/z']) {
    await store.putText({
      key: `images/a b+c/6.5.1+rev2/${name}`,
      text: `${name}\n`,
      mediaType: 'text/plain',
      visibility: 'public',
      expected: { kind: 'anything' },
    });
  }
  return { server, store, file };
}

describe('reading', () => {
  it.each(PASSING)('gets over $kind $status', async (fault) => {
    const { server, store, file } = await filledServer();
    const disturbNext = () => {
      const next = server.log.length + 1;
      server.faults.fail({ at: ({ number }) => number === next, fault });
    };
    disturbNext();
    expect((await store.list('images/')).map(({ key }) => key.split('/').slice(3).join('/'))).toEqual([
      'IGNORE',
      'VERSION',
      'image.img',
      'x/y',
      'x/z',
      'ü%.txt',
    ]);
    disturbNext();
    expect(await store.listFolders('images/a b+c/6.5.1+rev2/')).toEqual(['x']);
    disturbNext();
    expect(await store.find(file.key)).toMatchObject({ sha256: file.sha256, visibility: 'public' });
    disturbNext();
    expect(await store.readText('images/a b+c/6.5.1+rev2/VERSION')).toMatchObject({ text: 'VERSION\n' });
    disturbNext();
    expect(await store.readDigest(file.key)).toEqual({ sizeBytes: file.sizeBytes, sha256: file.sha256 });
    disturbNext();
    const folder = await temporaryFolder();
    await store.fetchFile({ ...file, file: join(folder, 'image.img') });
    expect((await readFile(join(folder, 'image.img'))).equals(file.bytes)).toBe(true);
    expect(await readdir(folder)).toEqual(['image.img']);
  });

  it('of a listing that fails or is not whole is an error, never "empty" (W5)', async () => {
    for (const fault of PASSING) {
      if (fault.kind === 'silence') continue;
      const { server, store } = await filledServer();
      server.faults.fail({ at: ({ operation }) => operation === 'ListObjectsV2', times: 100, fault });
      await expect(store.list('images/')).rejects.toMatchObject({ kind: 'upstream', retryable: true });
      await expect(store.listFolders('images/')).rejects.toMatchObject({ kind: 'upstream', retryable: true });
    }
  });

  it('goes on where the connection broke, and only with the same content', async () => {
    const { server, store, file } = await filledServer();
    const isGet = ({ operation }: { readonly operation: string }) => operation === 'GetObject';
    server.faults.fail({ at: isGet, times: 3, fault: { kind: 'cut' } });
    expect(await store.readDigest(file.key)).toMatchObject({ sha256: file.sha256 });
    const ranges = server.log.filter(isGet).map(({ headers }) => headers.range);
    expect(ranges.filter((range) => range !== undefined)).toHaveLength(3);
    server.faults.fail({ at: isGet, fault: { kind: 'cut' } });
    const object = server.world.objects.get(file.key);
    if (object === undefined) throw new Error('the object is gone');
    server.onRequest(({ headers }) => {
      if (headers.range !== undefined) server.world.objects.set(file.key, { ...object, etag: '"changed"' });
    });
    await expect(store.readDigest(file.key)).rejects.toMatchObject({ kind: 'integrity' });
  });

  it('notices content that is not what was written', async () => {
    const { server, store } = await filledServer();
    const key = 'images/a b+c/6.5.1+rev2/VERSION';
    const object = server.world.objects.get(key);
    if (object === undefined) throw new Error('the object is gone');
    server.world.objects.set(key, { ...object, bytes: Buffer.from('6.6.6\n') });
    await expect(store.readText(key)).rejects.toMatchObject({ kind: 'integrity' });
  });

  it('waits as long as it was asked to, but never longer than a minute', async () => {
    const { server, file } = await filledServer();
    const clock = impatientClock();
    const asks = (seconds: string): S3Fault => ({
      kind: 'status',
      status: 429,
      code: 'TooManyRequests',
      headers: { 'retry-after': seconds },
    });
    server.faults.fail({ at: () => true, fault: asks('2') });
    server.faults.fail({ at: () => true, fault: asks('3600') });
    await openS3(server, { clock }).find(file.key);
    expect(clock.sleeps).toEqual([2000, 60_000]);
  });
});

describe('being refused', () => {
  const variables = expect.stringContaining('AWS_ACCESS_KEY_ID');

  it('with wrong credentials names where they come from', async () => {
    const { server, file } = await filledServer();
    const store = openS3(server);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'wrong');
    const told = { kind: 'permission', hint: variables };
    await expect(store.list('images/')).rejects.toMatchObject({ ...told, code: 'store.credentials-refused' });
    await expect(store.find(file.key)).rejects.toMatchObject(told);
    const error = await store.list('images/').catch((each: unknown) => each);
    expect(JSON.stringify(error) + String(error)).not.toContain('wrong');
  });

  it('without a bucket says so, for every way to look', async () => {
    const { server, file } = await filledServer();
    const store = openS3(server, { bucket: 'osrel-nobody' });
    const told = { kind: 'config', code: 'store.no-bucket' };
    await expect(store.find(file.key)).rejects.toMatchObject(told);
    await expect(store.readText(file.key)).rejects.toMatchObject(told);
    await expect(store.list('')).rejects.toMatchObject(told);
    await expect(store.remove(file.key)).rejects.toMatchObject(told);
    await expect(store.putFile({ ...file, expected: { kind: 'absent' } })).rejects.toMatchObject(told);
  });

  it.each([3_600_000, -86_400_000])(
    'goes by the clock of the server when it is %d ms off',
    async (offset) => {
      const { server, file } = await filledServer();
      server.world.clockOffsetMs = offset;
      expect(await openS3(server).find(file.key)).toMatchObject({ sha256: file.sha256 });
    },
  );

  it('for a clock that stays wrong says so', async () => {
    const { server, file } = await filledServer();
    const skewed: S3Fault = { kind: 'status', status: 403, code: 'RequestTimeTooSkewed' };
    server.faults.fail({ at: () => true, times: 100, fault: skewed });
    await expect(openS3(server).readText(file.key)).rejects.toMatchObject({
      kind: 'permission',
      code: 'store.clock-skew',
    });
  });
});
