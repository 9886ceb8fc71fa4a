import { afterAll, afterEach, beforeAll, describe, vi } from 'vitest';
import { S3_PROFILES } from '../servers/s3/s3-profile.ts';
import { type S3Double, startS3 } from '../servers/s3/start-s3.ts';
import { describeObjectStore } from './object-store.ts';
import { memoryCache, openS3, SMALL_LIMITS } from './s3-stage.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe.each(Object.entries(S3_PROFILES))('%s', (name, profile) => {
  const capabilityCache = memoryCache();
  let server: S3Double;

  beforeAll(async () => {
    server = await startS3({ ...profile, smallestPartBytes: SMALL_LIMITS.partBytes });
  });

  afterAll(() => server.close());

  describeObjectStore(`S3 as ${name} speaks it`, async () => openS3(server, { capabilityCache }));
});
