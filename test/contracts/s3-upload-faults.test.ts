import { afterEach, describe, expect, it, vi } from 'vitest';
import type { S3Fault } from '../servers/s3/s3-faults.ts';
import type { S3LoggedRequest } from '../servers/s3/s3-log.ts';
import { S3_PROFILES } from '../servers/s3/s3-profile.ts';
import type { S3Double } from '../servers/s3/start-s3.ts';
import { impatientClock, largeFile, memoryCache, openS3, startTestS3 } from './s3-stage.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Faults that go away by themselves. */
const PASSING: Readonly<Record<string, S3Fault>> = {
  'status 500': { kind: 'status', status: 500, code: 'InternalError' },
  'status 503': { kind: 'status', status: 503, code: 'SlowDown' },
  'status 409': { kind: 'status', status: 409, code: 'OperationAborted' },
  'status 429': { kind: 'status', status: 429, code: 'TooManyRequests', headers: { 'retry-after': '7' } },
  'a connection reset before it was done': { kind: 'reset-before' },
  'a connection reset after it was done': { kind: 'reset-after' },
  'an answer that ends early': { kind: 'truncated' },
  'an answer that is cut': { kind: 'cut' },
  "a proxy's page with status 200": { kind: 'page', status: 200 },
  "a proxy's page with status 502": { kind: 'page', status: 502 },
  'a changed bit': { kind: 'flip' },
};

const PARTS = 5;
const BYTES = PARTS * 60 * 1024;

/** A server whose abilities are known, so that only the upload itself is disturbed. */
async function knownServer(profile = S3_PROFILES.aws as (typeof S3_PROFILES)[keyof typeof S3_PROFILES]) {
  const server = await startTestS3(profile);
  const capabilityCache = memoryCache();
  const warm = await largeFile(BYTES, { key: 'warm' });
  await openS3(server, { capabilityCache }).putFile(warm);
  return { server, capabilityCache };
}

/** Requests of an upload that nothing disturbs, by number behind those that came before. */
async function requestsOfUpload(): Promise<readonly S3LoggedRequest[]> {
  const { server, capabilityCache } = await knownServer();
  const before = server.log.length;
  await openS3(server, { capabilityCache }).putFile(await largeFile(BYTES, { expected: { kind: 'absent' } }));
  return server.log.slice(before);
}

function leftovers({ world }: S3Double) {
  return { objects: [...world.objects.keys()].sort(), uploads: world.uploads.size };
}

describe.each(Object.entries(PASSING))('%s', (_name, fault) => {
  it('at any request of an upload in parts: it is stored once, whole, with nothing beside it', async () => {
    const undisturbed = await requestsOfUpload();
    expect(undisturbed.map(({ operation }) => operation)).toContain('CompleteMultipartUpload');
    const { server, capabilityCache } = await knownServer();
    const clock = impatientClock();
    const store = openS3(server, { capabilityCache, clock });
    for (let index = 1; index <= undisturbed.length; index += 1) {
      const file = await largeFile(BYTES, { key: `large/${index}`, expected: { kind: 'absent' } });
      const failing = server.log.length + index;
      server.faults.fail({ at: ({ number }) => number === failing, fault });
      const stored = await store.putFile(file);
      expect(stored).toMatchObject({ sizeBytes: file.sizeBytes, sha256: file.sha256 });
      expect(server.world.objects.get(file.key)?.bytes.equals(file.bytes), `request ${index}`).toBe(true);
      expect(server.world.uploads.size, `uploads left by request ${index}`).toBe(0);
    }
    if (fault.kind === 'status' && fault.status === 429)
      expect(new Set(clock.sleeps)).toEqual(new Set([7000]));
    expect(server.world.objects.size).toBe(undisturbed.length + 1);
  });
});

describe('an upload in parts', () => {
  it('is given up with a silent server, and may be repeated', async () => {
    const { server, capabilityCache } = await knownServer();
    const file = await largeFile(BYTES);
    server.faults.fail({
      at: ({ operation }) => operation === 'UploadPart',
      times: 100,
      fault: { kind: 'silence' },
    });
    await expect(openS3(server, { capabilityCache }).putFile(file)).rejects.toMatchObject({
      code: 'store.unreachable',
      retryable: true,
    });
    expect(server.world.objects.has(file.key)).toBe(false);
  });

  it('tells a full bucket, and goes on where it stopped when there is room', async () => {
    const { server, capabilityCache } = await knownServer();
    const file = await largeFile(BYTES);
    server.world.quotaBytes = BYTES + 200 * 1024;
    await expect(openS3(server, { capabilityCache }).putFile(file)).rejects.toMatchObject({
      kind: 'upstream',
      code: 'store.full',
      retryable: false,
    });
    server.world.quotaBytes = Number.POSITIVE_INFINITY;
    const before = server.log.length;
    await openS3(server, { capabilityCache }).putFile(file);
    const sent = server.log.slice(before).filter(({ operation }) => operation === 'UploadPart');
    expect(sent.length).toBeLessThan(PARTS);
    expect(leftovers(server)).toEqual({ objects: [file.key, 'warm'], uploads: 0 });
  });

  it.each([
    ['ListMultipartUploads', 's3:ListBucketMultipartUploads'],
    ['CreateMultipartUpload', 's3:PutObject and s3:PutObjectAcl'],
    ['UploadPart', 's3:PutObject'],
    ['CompleteMultipartUpload', 's3:PutObject'],
  ])('names the permission that %s needs', async (operation, action) => {
    const { server, capabilityCache } = await knownServer();
    const file = await largeFile(BYTES);
    const denied: S3Fault = { kind: 'status', status: 403, code: 'AccessDenied' };
    server.faults.fail({ at: (request) => request.operation === operation, times: 100, fault: denied });
    await expect(openS3(server, { capabilityCache }).putFile(file)).rejects.toMatchObject({
      kind: 'permission',
      code: 'store.access-denied',
      message: expect.stringContaining(`${action} on "${file.key}" in bucket "${server.bucket}"`),
      hint: expect.stringContaining('AWS_ACCESS_KEY_ID'),
    });
  });

  it('starts anew when somebody ends it in the middle', async () => {
    const { server, capabilityCache } = await knownServer();
    const file = await largeFile(BYTES);
    let hasEnded = false;
    server.onRequest(({ operation }) => {
      if (operation !== 'UploadPart' || hasEnded) return;
      hasEnded = true;
      server.world.uploads.clear();
    });
    await openS3(server, { capabilityCache }).putFile(file);
    expect(server.world.objects.get(file.key)?.bytes.equals(file.bytes)).toBe(true);
    expect(server.world.uploads.size).toBe(0);
  });

  it('waits for a replica that shows the object late', async () => {
    const { server, capabilityCache } = await knownServer();
    const file = await largeFile(BYTES);
    server.onRequest(({ operation, number }) => {
      if (operation === 'CompleteMultipartUpload') {
        server.world.stale = new Map(server.world.objects);
        server.onRequest((later) => {
          if (later.number > number + 2) server.world.stale = null;
        });
      }
    });
    await openS3(server, { capabilityCache }).putFile(file);
    const looks = server.log.filter(({ operation, key }) => operation === 'HeadObject' && key === file.key);
    expect(looks.length).toBeGreaterThan(1);
  });

  it('ends without a trace of an object when it is cancelled', async () => {
    const { server, capabilityCache } = await knownServer();
    const controller = new AbortController();
    const file = await largeFile(BYTES, { signal: controller.signal });
    server.onRequest(({ operation }) => {
      if (operation === 'UploadPart') controller.abort(new Error('enough'));
    });
    await expect(openS3(server, { capabilityCache }).putFile(file)).rejects.toThrow('enough');
    expect(server.world.objects.has(file.key)).toBe(false);
  });
});
