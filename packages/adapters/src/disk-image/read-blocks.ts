import type { ImagePart } from '@osrel/core';
import { BLOCK_BYTES } from '../compress-blocks.ts';
import type { OpenImage } from './open-image.ts';

/** A piece of one part; `release` gives its memory back for a later block. */
export interface PlainBlock {
  readonly part: ImagePart;
  readonly bytes: Buffer;
  readonly endsPart: boolean;
  release(): void;
}

interface BlockRange {
  readonly part: ImagePart;
  readonly firstByte: number;
  readonly lengthBytes: number;
  readonly endsPart: boolean;
}

/**
 * Reads the parts block by block, front to back, each byte once; an empty part gives one empty block. The next block
 * is already being read while the caller works on the current one. Memory: one buffer per block not yet released.
 */
export async function* readBlocks(
  image: OpenImage,
  parts: readonly ImagePart[],
): AsyncGenerator<PlainBlock, void, undefined> {
  const free: Buffer[] = [];
  const read = async (range: BlockRange): Promise<PlainBlock> => {
    const buffer = free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
    const bytes = buffer.subarray(0, range.lengthBytes);
    await image.readInto(bytes, range.firstByte);
    return { part: range.part, bytes, endsPart: range.endsPart, release: () => void free.push(buffer) };
  };
  let ahead: Promise<PlainBlock> | undefined;
  try {
    for (const range of listRanges(parts)) {
      const current = ahead;
      ahead = read(range);
      // Its failure is thrown where it is awaited, one round later; until then it must not count as unhandled.
      ahead.catch(() => undefined);
      if (current !== undefined) yield await current;
    }
    if (ahead !== undefined) yield await ahead;
  } finally {
    // The caller closes the file next: no read may still be under way.
    await ahead?.catch(() => undefined);
  }
}

function* listRanges(parts: readonly ImagePart[]): Generator<BlockRange, void, undefined> {
  for (const part of parts) {
    let offset = 0;
    do {
      const lengthBytes = Math.min(BLOCK_BYTES, part.lengthBytes - offset);
      const firstByte = part.firstByte + offset;
      offset += lengthBytes;
      yield { part, firstByte, lengthBytes, endsPart: offset === part.lengthBytes };
    } while (offset < part.lengthBytes);
  }
}
