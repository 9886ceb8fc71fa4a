import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { PlainBlock } from './read-blocks.ts';

/** Checksums of the plain bytes, from the same read that feeds the compression. */
export interface PlainSums {
  /** Adds the next block, in order; returns the CRC-32 of its part up to and with this block. */
  add(block: PlainBlock): number;
  /** Hex SHA-256 of all blocks; ends the sums. */
  imageSha256(): string;
}

/** Starts the checksums of one image. */
export function createPlainSums(): PlainSums {
  const image = createHash('sha256');
  let partCrc = 0;
  return {
    add: ({ bytes, endsPart }) => {
      image.update(bytes);
      const crc = crc32(bytes, partCrc);
      partCrc = endsPart ? 0 : crc;
      return crc;
    },
    imageSha256: () => image.digest('hex'),
  };
}
