import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { hexOfDigest, integrityBroken, parseDigest } from '@osrel/core';
import { isMissing } from '../if-present.ts';
import type { CopiedImage, ImageWish } from '../image-registry.ts';
import { delayAfter, MOST_ATTEMPTS, type RetryTerms } from '../with-retries.ts';
import type { BlobSource } from './blob-source.ts';
import { describeCopy } from './copy-image.ts';
import { forEachAtOnce } from './for-each-at-once.ts';
import { listBlobs } from './image-manifest.ts';
import { openSource, type RegistryTerms } from './open-session.ts';
import { parseImageReference } from './parse-image-reference.ts';
import { BLOBS_AT_ONCE } from './push-image.ts';
import { readSourceImage } from './read-source-image.ts';
import { openRemoteBlob } from './remote-blob.ts';

export interface FetchRequest extends ImageWish {
  readonly folder: string;
  readonly signal?: AbortSignal;
}

/** ImageRegistry.fetch: every blob appears under its name when it is whole, the manifest last. */
export async function fetchImage(terms: RegistryTerms, request: FetchRequest): Promise<CopiedImage> {
  const { signal, folder } = request;
  const reference = parseImageReference(request.reference);
  const source = await openSource(terms, reference, signal);
  const image = await readSourceImage(source.session, reference, request);
  const blobs = join(folder, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  await forEachAtOnce(listBlobs(image.manifest), { atOnce: BLOBS_AT_ONCE, signal }, async (name, stop) => {
    const session = source.until(stop);
    const blob = openRemoteBlob(session, name);
    try {
      await storeBlob(blobs, blob, session);
    } finally {
      blob.close();
    }
  });
  const { content, digest } = image.stored;
  const open = async () => Readable.from([content]);
  await storeBlob(blobs, { digest, sizeBytes: content.length, open }, source.session);
  return describeCopy(`${reference.host}/${reference.repository}`, image);
}

async function storeBlob(folder: string, blob: BlobSource, terms: RetryTerms): Promise<void> {
  const path = join(folder, hexOfDigest(parseDigest(blob.digest)));
  if ((await findSize(path)) === blob.sizeBytes) return;
  const temporary = join(folder, `.${randomUUID()}.tmp`);
  try {
    const hash = createHash('sha256');
    const file = createWriteStream(temporary, { flags: 'wx', flush: true });
    await pipeline(
      readOn(blob, terms),
      async function* digest(chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          yield chunk;
        }
      },
      file,
      terms.signal === undefined ? {} : { signal: terms.signal },
    );
    const found = `sha256:${hash.digest('hex')}`;
    if (found !== blob.digest) throw damaged(blob, found);
    await rename(temporary, path);
  } catch (error) {
    terms.signal?.throwIfAborted();
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** All bytes of the blob; what is cut off is asked for again, from where it was cut. */
async function* readOn(blob: BlobSource, terms: RetryTerms): AsyncGenerator<Uint8Array, void> {
  let position = 0;
  let failures = 0;
  while (position < blob.sizeBytes) {
    try {
      for await (const chunk of (await blob.open(position, blob.sizeBytes)) as AsyncIterable<Uint8Array>) {
        position += chunk.length;
        failures = 0;
        yield chunk;
      }
    } catch (error) {
      failures += 1;
      if (failures >= MOST_ATTEMPTS) throw error;
      await delayAfter(terms, error, failures);
    }
  }
}

async function findSize(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function damaged({ digest }: BlobSource, found: string) {
  return integrityBroken('registry.digest-mismatch', `blob ${digest} came from the registry as ${found}`, {
    hint: 'something on the way changes bytes (a proxy, a bad disk); nothing was kept, try again',
  });
}
