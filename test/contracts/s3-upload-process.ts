import { randomUUID } from 'node:crypto';
import { createSystemClock } from '@osrel/adapters';
import type { PutFileRequest } from '@osrel/core';
import { createS3ObjectStore } from '../../packages/adapters/src/s3/create-s3-object-store.ts';
import type { S3Limits } from '../../packages/adapters/src/s3/s3-limits.ts';

/** What `node s3-upload-process.ts JSON` gets: everything in one argument; credentials come from the environment. */
export interface UploadOrder {
  readonly bucket: string;
  readonly endpoint: string;
  readonly limits: S3Limits;
  /** Contents of the capability cache. */
  readonly known: Readonly<Record<string, string>>;
  readonly request: Omit<PutFileRequest, 'signal' | 'onSent'>;
}

const { bucket, endpoint, limits, known, request } = JSON.parse(process.argv[2] ?? '') as UploadOrder;
const store = createS3ObjectStore(
  {
    bucket,
    endpoint,
    region: null,
    pathStyle: null,
    acl: 'canned',
    encryption: 'none',
    kmsKey: null,
    clock: createSystemClock(),
    capabilityCache: { find: async (key) => known[key], keep: async () => undefined },
    random: randomUUID,
  },
  limits,
);
await store.putFile(request);
