import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { integrityBroken, type OsrelError } from '@osrel/core';
import { archiveDamaged } from '../archive-tar.ts';
import { findLayerCompression, readLayer, unpackLayer } from '../layer-content.ts';
import type { BlobSource } from './blob-source.ts';
import { findPackedLayer, type PackedLayer, packedLayerName, rememberSentLayer } from './packed-layers.ts';
import type { PromisedLayer } from './read-image-archive.ts';

export interface PreparedLayer extends BlobSource {
  /** Frees the disk; the registry has the layer. */
  readonly discard: () => Promise<void>;
}

export interface PrepareOptions {
  /** Where packed layers lie until the registry has them. */
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Checks a layer's content against its image config and makes it a gzip that can be read again and again: the archive's
 * own where it is one, else a file in the folder. Zstandard is packed anew: old engines cannot read it.
 * Throws integrity `image.layer-damaged`, `image.archive-damaged`.
 */
export async function prepareLayer(layer: PromisedLayer, options: PrepareOptions): Promise<PreparedLayer> {
  try {
    const compression = await findLayerCompression(layer);
    if (compression === '+gzip') return await takeAsItIs(layer, options);
    const found = await findPackedLayer(options.folder, layer.diffId, options.signal);
    return found === undefined ? await pack(layer, options) : fromFile(found);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error;
  }
}

async function takeAsItIs(layer: PromisedLayer, { signal }: PrepareOptions): Promise<PreparedLayer> {
  const packed = createDigest();
  const content = createDigest();
  await readThrough(layer, () =>
    pipeline(readLayer(layer), packed.pass, unpackLayer('+gzip'), content.pass, drain, optionsOf(signal)),
  );
  checkContent(layer, content.digest());
  const { file, range } = layer;
  return {
    digest: packed.digest(),
    sizeBytes: range.sizeBytes,
    open: async (start, end) => readPart(file, range.offset + start, range.offset + end),
    discard: async () => {},
  };
}

async function pack(layer: PromisedLayer, { folder, signal }: PrepareOptions): Promise<PreparedLayer> {
  const compression = await findLayerCompression(layer);
  const content = createDigest();
  const packed = createDigest();
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, `${randomUUID()}.tmp`);
  try {
    const file = createWriteStream(temporary, { flags: 'wx', flush: true });
    // No name and no time in the header, and always the same level: the same layer gives the same bytes.
    const gzip = createGzip({ level: 6 });
    const stages = [content.pass, gzip, packed.pass, file] as const;
    await readThrough(layer, () =>
      compression === ''
        ? pipeline(readLayer(layer), ...stages, optionsOf(signal))
        : pipeline(readLayer(layer), unpackLayer(compression), ...stages, optionsOf(signal)),
    );
    checkContent(layer, content.digest());
    const path = join(folder, packedLayerName(layer.diffId, packed.digest()));
    await rename(temporary, path);
    return fromFile({ path, digest: packed.digest(), sizeBytes: packed.sizeBytes() });
  } finally {
    await rm(temporary, { force: true });
  }
}

function fromFile(packed: PackedLayer): PreparedLayer {
  const { path, digest, sizeBytes } = packed;
  return {
    digest,
    sizeBytes,
    open: async (start, end) => readPart(path, start, end),
    discard: () => rememberSentLayer(packed),
  };
}

function readPart(file: string, start: number, end: number): Readable {
  if (start === end) return Readable.from([]);
  return createReadStream(file, { start, end: end - 1, highWaterMark: 256 * 1024 });
}

async function readThrough(layer: PromisedLayer, read: () => Promise<void>): Promise<void> {
  try {
    await read();
  } catch (error) {
    // What the system says about our own file, such as a full disk, is no damage.
    if (error instanceof Error && 'syscall' in error) throw error;
    throw archiveDamaged(layer.file, `layer ${layer.range.name} cannot be read`, error);
  }
}

function checkContent({ file, range, diffId }: PromisedLayer, found: string): void {
  if (found !== diffId) throw layerDamaged(file, range.name, `the content digest ${found}`, diffId);
}

function layerDamaged(file: string, name: string, found: string, promised: string): OsrelError {
  return integrityBroken(
    'image.layer-damaged',
    `layer ${name} of ${file} has ${found}, its image config promises ${promised}`,
    { hint: 'build the image again' },
  );
}

async function drain(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of chunks);
}

function optionsOf(signal: AbortSignal | undefined) {
  return signal === undefined ? {} : { signal };
}

function createDigest() {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  let digest: string | undefined;
  return {
    async *pass(chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        sizeBytes += chunk.length;
        yield chunk;
      }
    },
    digest: () => {
      digest ??= `sha256:${hash.digest('hex')}`;
      return digest;
    },
    sizeBytes: () => sizeBytes,
  };
}
