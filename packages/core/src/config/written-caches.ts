import { z } from 'zod';
import { address, BUCKET, matching, plainFolder, REGION, secret, section } from './written-parts.ts';

const PREFIX = /^[A-Za-z0-9][A-Za-z0-9_.+=-]*(\/[A-Za-z0-9][A-Za-z0-9_.+=-]*)*$/;

const storeKeys = {
  kind: z
    .enum(['directory', 's3'], 'needs "directory" or "s3"')
    .optional()
    .describe('Where the files are kept.'),
  path: plainFolder('Of a directory: absolute, or relative to the repository root.'),
  bucket: matching(BUCKET, 'needs a bucket name', 'Of s3: the bucket.'),
  prefix: matching(
    PREFIX,
    'needs a key prefix without a slash at either end',
    'Of s3: what keys begin with.',
  ),
  region: matching(REGION, 'needs a region such as us-east-1', 'Of s3: the region.'),
  endpoint: address('Of s3: address of an S3-compatible server; left out for AWS.'),
  credentials: section(
    z.strictObject({
      'access-key-id': secret('The access key.'),
      'secret-access-key': secret('Its secret.'),
    }),
    'Of s3: where the credentials come from; the usual AWS variables and files when left out.',
  ),
};

/** A folder or a bucket that builds leave files in. */
export const cacheStore = z.strictObject(storeKeys);

export const sharedStateCache = z.strictObject({
  ...storeKeys,
  read: address('Address that bitbake itself reads shared state from.'),
});

export type WrittenCacheStore = z.infer<typeof cacheStore>;
export type WrittenSharedStateCache = z.infer<typeof sharedStateCache>;
