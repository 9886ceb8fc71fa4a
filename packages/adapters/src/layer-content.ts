import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { ArchiveRange } from './archive-tar.ts';

/** As media types end: `application/vnd.oci.image.layer.v1.tar` and this. */
export type LayerCompression = '' | '+gzip' | '+zstd';

/** A layer's bytes: a range of an archive, or a whole file. */
export interface LayerRange {
  readonly file: string;
  readonly range: ArchiveRange;
}

const CHUNK_BYTES = 1024 * 1024;

/** How the layer is packed, by its first bytes: names of files in archives do not tell. */
export async function findLayerCompression({ file, range }: LayerRange): Promise<LayerCompression> {
  const handle = await open(file, 'r');
  try {
    const { buffer } = await handle.read(Buffer.alloc(4), 0, Math.min(4, range.sizeBytes), range.offset);
    if (buffer[0] === 0x1f && buffer[1] === 0x8b) return '+gzip';
    return buffer.readUInt32LE(0) === 0xfd2fb528 ? '+zstd' : '';
  } finally {
    await handle.close();
  }
}

/** The layer's bytes as they are stored. */
export function readLayer({ file, range }: LayerRange): Readable {
  if (range.sizeBytes === 0) return Readable.from([]);
  const end = range.offset + range.sizeBytes - 1;
  return createReadStream(file, { start: range.offset, end, highWaterMark: CHUNK_BYTES });
}

/** A stage that unpacks. */
export function unpackLayer(compression: Exclude<LayerCompression, ''>): Transform {
  return compression === '+gzip' ? createGunzip() : createZstdDecompress();
}
