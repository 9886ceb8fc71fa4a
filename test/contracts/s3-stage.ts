import { randomBytes, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, ObjectStore, PutFileRequest } from '@osrel/core';
import { onTestFinished, vi } from 'vitest';
import { createS3ObjectStore } from '../../packages/adapters/src/s3/create-s3-object-store.ts';
import type { S3Limits } from '../../packages/adapters/src/s3/s3-limits.ts';
import type { CapabilityCache, S3StoreOptions } from '../../packages/adapters/src/s3/s3-store-options.ts';
import type { S3Profile } from '../servers/s3/s3-profile.ts';
import { type S3Double, startS3 } from '../servers/s3/start-s3.ts';
import { sha256Of, temporaryFolder } from './temporary-folder.ts';

/** Parts small enough that a test sends many; the server takes them. */
export const SMALL_LIMITS: S3Limits = {
  slots: 3,
  partBytes: 64 * 1024,
  spreadBytes: 4096,
  smallSlots: 4,
  smallBytes: 8 * 1024,
  silenceMs: 500,
};

/** A server for one test, with parts of the small limits allowed. */
export async function startTestS3(profile: S3Profile): Promise<S3Double> {
  const server = await startS3({ ...profile, smallestPartBytes: SMALL_LIMITS.partBytes });
  onTestFinished(() => server.close());
  return server;
}

/** Waits take no time: what is waited for has happened on the server already. */
export function impatientClock(): Clock & { readonly sleeps: number[] } {
  const sleeps: number[] = [];
  return {
    sleeps,
    now: () => new Date(Date.now()).toISOString(),
    sleep: async (delayMs, signal) => {
      signal?.throwIfAborted();
      sleeps.push(delayMs);
    },
  };
}

export function memoryCache(): CapabilityCache {
  const kept = new Map<string, string>();
  return {
    find: async (key) => kept.get(key),
    keep: async (key, text) => {
      kept.set(key, text);
    },
  };
}

/** A store as another process would make it: nothing is remembered but what is in the cache. */
export function openS3(
  server: S3Double,
  change: Partial<S3StoreOptions> = {},
  limits = SMALL_LIMITS,
): ObjectStore {
  vi.stubEnv('AWS_ACCESS_KEY_ID', server.credentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', server.credentials.secretAccessKey);
  vi.stubEnv('AWS_SESSION_TOKEN', undefined);
  return createS3ObjectStore(
    {
      bucket: server.bucket,
      region: null,
      endpoint: server.endpoint,
      pathStyle: null,
      acl: aclFor(server.world.profile),
      encryption: 'none',
      kmsKey: null,
      clock: impatientClock(),
      capabilityCache: undefined,
      random: randomUUID,
      ...change,
    },
    limits,
  );
}

function aclFor({ accessLists }: S3Profile): 'canned' | 'none' {
  return accessLists === 'kept' || accessLists === 'ignored' ? 'canned' : 'none';
}

/** A file of random bytes, and the wish to store it. */
export async function largeFile(
  sizeBytes: number,
  change: Partial<PutFileRequest> = {},
): Promise<PutFileRequest & { readonly bytes: Buffer }> {
  const bytes = randomBytes(sizeBytes);
  const file = join(await temporaryFolder(), 'content');
  await writeFile(file, bytes);
  return {
    key: 'images/raspberrypi4-64/6.5.1+rev2/image/balena.img',
    bytes,
    file,
    sizeBytes,
    sha256: sha256Of(bytes),
    mediaType: 'application/octet-stream',
    visibility: 'public',
    expected: { kind: 'anything' },
    ...change,
  };
}
