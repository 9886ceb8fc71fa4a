import { OsrelError } from '@osrel/core';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Ec2Place, startEc2Place, useCredentials } from './machine-images-place.ts';
import { sha256Of } from './temporary-folder.ts';

const NAME = 'balenaOS-6.5.1-generic-amd64';
const WISH = { name: NAME, mark: sha256Of('mark'), sha256: sha256Of('image'), key: 'tmp/balena.img' };

async function failureOf(work: Promise<unknown>): Promise<OsrelError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof OsrelError) return error;
  throw new Error(`it was no OsrelError: ${String(error)}`);
}

async function importObject({ images, putObject }: Ec2Place): Promise<string> {
  await putObject(WISH.key);
  const { id } = await images.startImport(WISH);
  for (let looks = 0; looks < 20; looks += 1) {
    const now = await images.findImport({ ...WISH, id });
    if (now?.state === 'completed') return now.snapshotId;
  }
  throw new Error('the import did not end');
}

describe('EC2 when things go wrong', () => {
  it.each(['DescribeImages', 'DescribeImportSnapshotTasks', 'ImportSnapshot'])(
    'names the permission for %s that the credentials lack',
    async (action) => {
      const { images, server, putObject } = await startEc2Place();
      await putObject(WISH.key);
      server.world.denied.add(action);
      const work = action === 'DescribeImages' ? images.findImage(NAME) : images.startImport(WISH);
      expect(await failureOf(work)).toMatchObject({
        kind: 'permission',
        code: 'machine-image.not-allowed',
        hint: expect.stringContaining(`ec2:${action}`),
        retryable: false,
      });
    },
  );

  it('names the variables of the credentials when they are wrong, and does not tell them', async () => {
    const { images } = await startEc2Place();
    useCredentials('AKIAWRONG00000000000');
    const failure = await failureOf(images.findImage(NAME));
    expect(failure).toMatchObject({
      kind: 'permission',
      code: 'machine-image.not-authenticated',
      hint: expect.stringContaining('AWS_ACCESS_KEY_ID'),
    });
    expect(JSON.stringify([failure.message, failure.hint, failure.details])).not.toContain('example-secret');
  });

  it('names the variables of the credentials when there are none', async () => {
    const { images } = await startEc2Place();
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE', 'AWS_ROLE_ARN'])
      vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nonexistent');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await failureOf(images.findImage(NAME))).toMatchObject({
      code: 'machine-image.not-authenticated',
      hint: expect.stringContaining('AWS_PROFILE'),
    });
  });

  it('waits as long as the service asks for, and a few times only', async () => {
    const { images, server, clock } = await startEc2Place();
    const throttled = { kind: 'status', status: 503, code: 'RequestLimitExceeded' } as const;
    server.fail('*', { ...throttled, retryAfter: 17 });
    server.fail('*', { ...throttled, retryAfter: 3_600 });
    expect(await images.findImage(NAME)).toBeUndefined();
    expect(clock.sleeps).toEqual([17_000, 60_000]);
    for (let count = 0; count < 5; count += 1) server.fail('*', throttled);
    expect(await failureOf(images.findImage(NAME))).toMatchObject({
      kind: 'upstream',
      code: 'machine-image.service-unavailable',
      retryable: true,
    });
    expect(server.requests).toHaveLength(8);
  });

  it('says that the answer is none of EC2 when a proxy stays in between', async () => {
    const { images, server } = await startEc2Place();
    for (let count = 0; count < 5; count += 1) server.fail('*', { kind: 'html', status: 200 });
    expect(await failureOf(images.findImage(NAME))).toMatchObject({
      kind: 'upstream',
      retryable: true,
      message: expect.stringContaining('proxy'),
    });
  });

  it('gives up a connection on which nothing is said, and asks again', async () => {
    const { images, server } = await startEc2Place({ silenceMs: 300 });
    server.fail('*', { kind: 'silence' });
    expect(await images.findImage(NAME)).toBeUndefined();
    expect(server.requests.length).toBeGreaterThan(1);
  });

  it("takes over the service's clock", async () => {
    const { images, server } = await startEc2Place();
    server.world.clockAheadMs = 3_600_000;
    expect(await images.findImage(NAME)).toBeUndefined();
  });

  it('ends with the signal', async () => {
    const { images, server } = await startEc2Place();
    server.fail('*', { kind: 'silence' });
    const stop = new AbortController();
    server.onRequest = () => stop.abort(new Error('stop'));
    await expect(images.findImage(NAME, stop.signal)).rejects.toThrow('stop');
  });

  it('explains what the account lacks for imports', async () => {
    const { images, server, putObject } = await startEc2Place();
    await putObject(WISH.key);
    const message =
      'The service role vmimport provided does not exist or does not have sufficient permissions';
    server.fail('ImportSnapshot', { kind: 'status', status: 400, code: 'InvalidParameter', message });
    expect(await failureOf(images.startImport(WISH))).toMatchObject({
      kind: 'permission',
      code: 'machine-image.import-role',
      hint: expect.stringContaining('vmimport'),
    });
  });

  it('says that the limit of the account is reached', async () => {
    const place = await startEc2Place();
    place.server.world.imageQuota = 0;
    const snapshotId = await importObject(place);
    const wish = { ...WISH, snapshotId, architecture: 'x86_64' as const, isTested: false };
    expect(await failureOf(place.images.registerImage(wish))).toMatchObject({
      code: 'machine-image.quota',
      retryable: false,
    });
  });

  it('says that the snapshot is not there, which may pass', async () => {
    const { images } = await startEc2Place();
    const wish = {
      ...WISH,
      snapshotId: 'snap-0123',
      architecture: 'x86_64' as const,
      isTested: false,
    };
    expect(await failureOf(images.registerImage(wish))).toMatchObject({
      code: 'machine-image.snapshot-missing',
      retryable: true,
    });
  });

  it('encrypts with the configured key, and asks for no TPM on arm64', async () => {
    const place = await startEc2Place({ kmsKey: 'alias/images' });
    const snapshotId = await importObject(place);
    await place.images.registerImage({ ...WISH, snapshotId, architecture: 'arm64', isTested: true });
    const { world } = place.server;
    expect([...world.snapshots.values()]).toMatchObject([{ kmsKey: 'alias/images' }]);
    expect([...world.images.values()]).toMatchObject([{ architecture: 'arm64', tpmSupport: null }]);
  });

  it('starts one import when two ask at once', async () => {
    const { images, server, putObject } = await startEc2Place();
    await putObject(WISH.key);
    const started = await Promise.all([1, 2, 3].map(() => images.startImport(WISH)));
    expect(new Set(started.map(({ id }) => id)).size).toBe(1);
    expect(server.world.imports.size).toBe(1);
  });
});
