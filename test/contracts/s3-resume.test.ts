import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { PutFileRequest } from '@osrel/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { S3LoggedRequest } from '../servers/s3/s3-log.ts';
import { S3_PROFILES } from '../servers/s3/s3-profile.ts';
import type { S3Double } from '../servers/s3/start-s3.ts';
import { largeFile, memoryCache, openS3, SMALL_LIMITS, startTestS3 } from './s3-stage.ts';
import type { UploadOrder } from './s3-upload-process.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const PROGRAM = fileURLToPath(new URL('s3-upload-process.ts', import.meta.url));
const BYTES = 7 * 60 * 1024;
const LARGEST_PART = SMALL_LIMITS.partBytes + SMALL_LIMITS.spreadBytes;

/** Bytes of parts that were sent with these requests. */
function partBytes(requests: readonly S3LoggedRequest[]): number {
  const parts = requests.filter(({ operation }) => operation === 'UploadPart');
  return parts.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
}

function startUpload(server: S3Double, known: Record<string, string>, wish: PutFileRequest): ChildProcess {
  const { bytes: _, ...request } = wish as PutFileRequest & { readonly bytes: unknown };
  const order: UploadOrder = {
    bucket: server.bucket,
    endpoint: server.endpoint,
    limits: SMALL_LIMITS,
    known,
    request,
  };
  const { accessKeyId, secretAccessKey } = server.credentials;
  return spawn(process.execPath, [PROGRAM, JSON.stringify(order)], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
  });
}

/** A server whose abilities are known, and what a cache says of them. */
async function knownServer(profile = S3_PROFILES.aws as (typeof S3_PROFILES)[keyof typeof S3_PROFILES]) {
  const server = await startTestS3(profile);
  const known: Record<string, string> = {};
  const capabilityCache = {
    find: async (key: string) => known[key],
    keep: async (key: string, text: string) => {
      known[key] = text;
    },
  };
  await openS3(server, { capabilityCache }).putFile(await largeFile(BYTES, { key: 'warm' }));
  return { server, known, capabilityCache };
}

describe('an upload whose process is killed', () => {
  it('at any request: another process goes on, and sends less than one part a slot again', async () => {
    const { server, known, capabilityCache } = await knownServer();
    const beforeFirst = server.log.length;
    const undisturbed = await largeFile(BYTES, { key: 'undisturbed' });
    await openS3(server, { capabilityCache }).putFile(undisturbed);
    const requests = server.log.length - beforeFirst;
    for (let index = 1; index <= requests; index += 1) {
      const file = await largeFile(BYTES, { key: `killed/${index}` });
      const before = server.log.length;
      const child = startUpload(server, known, file);
      const ended = once(child, 'exit');
      const killing = before + index;
      server.onRequest(async ({ number }) => {
        if (number !== killing) return;
        child.kill('SIGKILL');
        await ended;
      });
      expect((await ended)[1], `request ${index}`).toBe('SIGKILL');
      // The server may have done the request that the process did not live to see answered.
      await openS3(server, { capabilityCache }).putFile(file);
      const sent = partBytes(server.log.slice(before));
      expect(server.world.objects.get(file.key)?.bytes.equals(file.bytes), `request ${index}`).toBe(true);
      expect(sent).toBeLessThanOrEqual(BYTES + SMALL_LIMITS.slots * LARGEST_PART);
    }
    // A process each request.
  }, 300_000);
});

describe('an unfinished upload', () => {
  it.each(Object.entries(S3_PROFILES))('is gone on with on %s', async (_name, profile) => {
    const { server, capabilityCache } = await knownServer(profile);
    const file = await largeFile(BYTES);
    const cut = new AbortController();
    let arrived = 0;
    server.onRequest(({ operation }) => {
      if (operation === 'UploadPart') arrived += 1;
      if (arrived === 6) cut.abort(new Error('cut'));
    });
    const store = openS3(server, { capabilityCache });
    await expect(store.putFile({ ...file, signal: cut.signal })).rejects.toThrow('cut');
    const [upload] = server.world.uploads.values();
    const kept = [...(upload?.parts.values() ?? [])].reduce((sum, { bytes }) => sum + bytes.length, 0);
    expect(kept).toBeGreaterThan(0);
    const before = server.log.length;
    let told = 0;
    const onSent = (bytes: number) => {
      told += bytes;
    };
    await openS3(server, { capabilityCache }).putFile({ ...file, onSent });
    expect(partBytes(server.log.slice(before))).toBe(BYTES - kept);
    expect(told).toBe(BYTES);
    expect(server.world.objects.get(file.key)?.bytes.equals(file.bytes)).toBe(true);
    expect(server.world.uploads.size).toBe(0);
  });

  it('of other content is left alone, and none of its parts is taken', async () => {
    const { server, capabilityCache } = await knownServer();
    const [old, file] = [await largeFile(BYTES), await largeFile(BYTES)];
    const cut = new AbortController();
    let arrived = 0;
    server.onRequest(({ operation }) => {
      if (operation === 'UploadPart') arrived += 1;
      if (arrived === 5) cut.abort(new Error('cut'));
    });
    const store = openS3(server, { capabilityCache });
    await expect(store.putFile({ ...old, signal: cut.signal })).rejects.toThrow('cut');
    expect(server.world.uploads.size).toBe(1);
    await openS3(server, { capabilityCache }).putFile(file);
    expect(server.world.objects.get(file.key)?.bytes.equals(file.bytes)).toBe(true);
    expect(server.world.uploads.size).toBe(1);
  });

  it('with a damaged part gets that part again', async () => {
    const { server, capabilityCache } = await knownServer();
    const file = await largeFile(BYTES);
    const denied = { kind: 'status', status: 403, code: 'AccessDenied' } as const;
    server.faults.fail({ at: ({ operation }) => operation === 'CompleteMultipartUpload', fault: denied });
    const store = openS3(server, { capabilityCache });
    await expect(store.putFile(file)).rejects.toMatchObject({ kind: 'permission' });
    const [upload] = server.world.uploads.values();
    const part = upload?.parts.get(2);
    if (upload === undefined || part === undefined) throw new Error('nothing was kept');
    upload.parts.set(2, {
      ...part,
      bytes: Buffer.alloc(part.bytes.length),
      etag: '"0"',
      checksums: { CRC64NVME: '0' },
    });
    const before = server.log.length;
    await store.putFile(file);
    expect(partBytes(server.log.slice(before))).toBe(part.bytes.length);
    expect(server.world.objects.get(file.key)?.bytes.equals(file.bytes)).toBe(true);
  });

  it('is ended when the file proves to be another than was announced', async () => {
    const { server } = await knownServer();
    const file = await largeFile(BYTES);
    const wish = { ...file, sha256: '0'.repeat(64) };
    await expect(openS3(server, { capabilityCache: memoryCache() }).putFile(wish)).rejects.toMatchObject({
      kind: 'integrity',
    });
    expect(server.world.uploads.size).toBe(0);
    expect(server.world.objects.has(file.key)).toBe(false);
  });
});

describe('a file that is there already', () => {
  it('is not sent again', async () => {
    const { server, capabilityCache } = await knownServer();
    const file = await largeFile(BYTES);
    const stored = await openS3(server, { capabilityCache }).putFile(file);
    const before = server.log.length;
    expect(await openS3(server, { capabilityCache }).putFile(file)).toEqual(stored);
    expect(partBytes(server.log.slice(before))).toBe(0);
  });

  it('is sent again when everybody may read it and should not', async () => {
    const { server, capabilityCache } = await knownServer();
    const file = await largeFile(BYTES);
    const store = openS3(server, { capabilityCache });
    await store.putFile(file);
    await store.putFile({ ...file, visibility: 'private' });
    expect(server.world.objects.get(file.key)?.acl).toBe('private');
  });
});

describe('a file that is there already', () => {
  it('is not sent again', async () => {
    const { server, capabilityCache } = await knownServer();
    const file = await largeFile(BYTES);
    const stored = await openS3(server, { capabilityCache }).putFile(file);
    const before = server.log.length;
    expect(await openS3(server, { capabilityCache }).putFile(file)).toEqual(stored);
    expect(partBytes(server.log.slice(before))).toBe(0);
  });

  it('is sent again when everybody may read it and should not', async () => {
    const { server, capabilityCache } = await knownServer();
    const file = await largeFile(BYTES);
    const store = openS3(server, { capabilityCache });
    await store.putFile(file);
    await store.putFile({ ...file, visibility: 'private' });
    expect(server.world.objects.get(file.key)?.acl).toBe('private');
  });
});

describe('several files at a time', () => {
  it('share the slots of the store', async () => {
    const { server, capabilityCache } = await knownServer();
    const store = openS3(server, { capabilityCache });
    const large = await Promise.all([1, 2].map((number) => largeFile(BYTES, { key: `large/${number}` })));
    const small = await Promise.all(
      Array.from({ length: 20 }, (_, number) => largeFile(20_000, { key: `small/${number}` })),
    );
    await Promise.all([...large, ...small].map((file) => store.putFile(file)));
    expect(server.mostTransfers()).toBeLessThanOrEqual(SMALL_LIMITS.slots);
    for (const { key, bytes } of [...large, ...small]) {
      expect(server.world.objects.get(key)?.bytes.equals(bytes)).toBe(true);
    }
  });
});
