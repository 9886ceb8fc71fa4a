import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { badConfig, type CacheStore, upstreamFailed } from '@osrel/core';
import type { CacheObjects } from './cache-objects.ts';
import { placeWholeFile } from './place-whole-file.ts';

type S3Store = CacheStore & { readonly kind: 's3' };

/** A cache in a bucket; `readVariable` gives an environment variable of osrel. The client is loaded with the first call. */
export function createS3Objects(
  store: S3Store,
  readVariable: (name: string) => string | undefined,
): CacheObjects {
  const { bucket } = store;
  const keyOf = (name: string): string => [store.prefix, name].filter((part) => part !== '').join('/');
  let made: Promise<{ readonly client: S3Client; readonly sdk: Sdk }> | undefined;
  const connect = () => {
    made ??= openClient(store, readVariable);
    return made;
  };
  return {
    place: `s3://${keyOf('') === '' ? bucket : `${bucket}/${store.prefix}`}`,
    list: async (prefix) => {
      const { client, sdk } = await connect();
      const folder = `${keyOf(prefix)}/`.replace(/^\/$/, '');
      const found = new Map<string, number>();
      for await (const page of sdk.paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: folder })) {
        for (const { Key, Size } of page.Contents ?? []) {
          if (Key !== undefined) found.set(Key.slice(folder.length), Size ?? 0);
        }
      }
      return found;
    },
    fetch: async (name, path, abortSignal) => {
      const { client, sdk } = await connect();
      const command = new sdk.GetObjectCommand({ Bucket: bucket, Key: keyOf(name) });
      const { Body } = await client.send(command, { abortSignal });
      if (!(Body instanceof Readable)) throw upstreamFailed('cache.no-body', `${name} came without content`);
      await placeWholeFile(path, Body, abortSignal);
    },
    store: async (name, path, abortSignal) => {
      const { client, sdk } = await connect();
      const { size } = await stat(path);
      const content = { Body: createReadStream(path), ContentLength: size };
      await client.send(new sdk.PutObjectCommand({ Bucket: bucket, Key: keyOf(name), ...content }), {
        abortSignal,
      });
    },
  };
}

type Sdk = typeof import('@aws-sdk/client-s3');

async function openClient(store: S3Store, readVariable: (name: string) => string | undefined) {
  const sdk = await import('@aws-sdk/client-s3');
  const { region, endpoint, credentials } = store;
  const client = new sdk.S3Client({
    region: region ?? 'us-east-1',
    // Older servers refuse the checksums that newer clients add to every stream.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    ...(endpoint === null ? {} : { endpoint, forcePathStyle: true }),
    ...(credentials === null
      ? {}
      : {
          credentials: {
            accessKeyId: need(credentials.accessKeyId, readVariable),
            secretAccessKey: need(credentials.secretAccessKey, readVariable),
          },
        }),
  });
  return { client, sdk };
}

function need(name: string, readVariable: (name: string) => string | undefined): string {
  const value = readVariable(name);
  if (value !== undefined && value !== '') return value;
  throw badConfig('cache.no-credentials', `the environment variable ${name} of the build cache is not set`, {
    hint: `export ${name}, or remove the credentials of the cache from osrel.yml`,
  });
}
