import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { integrityBroken, type OsrelError } from '@osrel/core';
import { type ArchiveRange, archiveDamaged } from '../archive-tar.ts';
import { findLayerCompression, type LayerCompression, readLayer, unpackLayer } from '../layer-content.ts';
import { type BeforeCommit, makeFolder, moveIntoPlace } from './atomic-file.ts';
import { writeError } from './file-errors.ts';
import { createHashing } from './hashing.ts';
import { blobPath, type Descriptor, findBlobSize } from './oci-layout.ts';
import { removeStaleTemporaries, temporaryPath } from './temporary-file.ts';

/** A layer's range of an archive, with the digest (`sha256:<hex>`) that its uncompressed content must have. */
export interface LayerSource {
  readonly file: string;
  readonly range: ArchiveRange;
  readonly diffId: string;
  readonly beforeCommit?: BeforeCommit | undefined;
  readonly signal?: AbortSignal | undefined;
}

const LAYER = 'application/vnd.oci.image.layer.v1.tar';

/**
 * Stores a layer as a blob of the OCI layout under the digest of its bytes; a blob that is there is not written
 * again. Throws integrity `image.layer-damaged` when the uncompressed content is not what the config promises.
 */
export async function storeLayer(registry: string, source: LayerSource): Promise<Descriptor> {
  const compression = await findLayerCompression(source);
  const contentSha256 = await digestContent(source, compression);
  if (`sha256:${contentSha256}` !== source.diffId) throw layerDamaged(source, contentSha256);
  const sha256 = compression === '' ? contentSha256 : await digestContent(source, '');
  const descriptor = {
    mediaType: `${LAYER}${compression}`,
    digest: `sha256:${sha256}`,
    size: source.range.sizeBytes,
  };
  if ((await findBlobSize(registry, descriptor.digest)) !== descriptor.size)
    await writeBlob(registry, source, descriptor.digest);
  return descriptor;
}

async function writeBlob(registry: string, source: LayerSource, digest: string): Promise<void> {
  const path = blobPath(registry, digest);
  const folder = dirname(path);
  await makeFolder(folder);
  await removeStaleTemporaries(folder);
  const temporary = temporaryPath(folder);
  try {
    const hashing = createHashing();
    const output = createWriteStream(temporary, { flags: 'wx', flush: true });
    await pipeline(readLayer(source), hashing.pass, output, optionsOf(source));
    // The archive may change while it is read: only what was written counts.
    if (`sha256:${hashing.result().sha256}` !== digest)
      throw archiveDamaged(source.file, 'it changed while it was read');
    await moveIntoPlace(temporary, path, source.beforeCommit);
  } catch (error) {
    await rm(temporary, { force: true });
    throw writeError(error, path);
  }
}

async function digestContent(source: LayerSource, compression: LayerCompression): Promise<string> {
  const hash = createHash('sha256');
  const sink = new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      hash.update(chunk);
      done();
    },
  });
  try {
    if (compression === '') await pipeline(readLayer(source), sink, optionsOf(source));
    else await pipeline(readLayer(source), unpackLayer(compression), sink, optionsOf(source));
  } catch (error) {
    if (source.signal?.aborted === true) throw source.signal.reason;
    throw archiveDamaged(source.file, `layer ${source.range.name} cannot be read`, error);
  }
  return hash.digest('hex');
}

function optionsOf({ signal }: LayerSource) {
  return signal === undefined ? {} : { signal };
}

function layerDamaged({ file, range, diffId }: LayerSource, contentSha256: string): OsrelError {
  return integrityBroken(
    'image.layer-damaged',
    `layer ${range.name} of ${file} has the content digest sha256:${contentSha256}, its image config promises ${diffId}`,
    { hint: 'build the image again' },
  );
}
