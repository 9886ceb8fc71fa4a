import { planImageParts } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { BLOCK_BYTES } from '../compress-blocks.ts';
import type { OpenImage } from './open-image.ts';
import { readBlocks } from './read-blocks.ts';

/** An image that writes down every read; byte n of it is n modulo 251. */
function recordingImage(sizeBytes: number, reads: [at: number, length: number][]): OpenImage {
  return {
    path: 'recorded.img',
    sizeBytes,
    readInto: async (target, position) => {
      reads.push([position, target.length]);
      for (let at = 0; at < target.length; at += 4096) target[at] = (position + at) % 251;
    },
    refuseIfChanged: async () => undefined,
    close: async () => undefined,
  };
}

const partsOf = (sizeBytes: number) =>
  planImageParts(
    [
      { index: 1, firstByte: 1000, lengthBytes: 2 * BLOCK_BYTES + 5 },
      { index: 2, firstByte: 3 * BLOCK_BYTES, lengthBytes: 0 },
      { index: 3, firstByte: 3 * BLOCK_BYTES, lengthBytes: BLOCK_BYTES },
    ],
    sizeBytes,
  );

describe('readBlocks', () => {
  it('reads every byte exactly once, front to back', async () => {
    const sizeBytes = 9 * BLOCK_BYTES + 77;
    const reads: [number, number][] = [];
    for await (const block of readBlocks(recordingImage(sizeBytes, reads), partsOf(sizeBytes)))
      block.release();
    let next = 0;
    for (const [at, length] of reads) {
      expect(at).toBe(next);
      next += length;
    }
    expect(next).toBe(sizeBytes);
  });

  it('marks the last block of each part, and gives one empty block for an empty part', async () => {
    const sizeBytes = 5 * BLOCK_BYTES;
    const seen: string[] = [];
    for await (const { part, bytes, endsPart } of readBlocks(
      recordingImage(sizeBytes, []),
      partsOf(sizeBytes),
    )) {
      seen.push(`${part.partitionIndex ?? 'gap'} ${bytes.length}${endsPart ? ' end' : ''}`);
    }
    expect(seen).toEqual([
      'gap 1000 end',
      `1 ${BLOCK_BYTES}`,
      `1 ${BLOCK_BYTES}`,
      '1 5 end',
      `gap ${BLOCK_BYTES - 1005} end`,
      '2 0 end',
      `3 ${BLOCK_BYTES} end`,
      `gap ${BLOCK_BYTES} end`,
    ]);
  });

  it('needs no more memory for a long image than for the blocks that are held', async () => {
    const sizeBytes = 60 * BLOCK_BYTES;
    const memory = new Set<ArrayBufferLike>();
    const held: (() => void)[] = [];
    for await (const block of readBlocks(recordingImage(sizeBytes, []), planImageParts([], sizeBytes))) {
      memory.add(block.bytes.buffer);
      held.push(() => block.release());
      if (held.length === 4) held.shift()?.();
    }
    // Four held at most, one being read.
    expect(memory.size).toBeLessThanOrEqual(5);
  });

  it('does not change a block while the next one is being read', async () => {
    const sizeBytes = 6 * BLOCK_BYTES;
    let position = 0;
    for await (const block of readBlocks(recordingImage(sizeBytes, []), planImageParts([], sizeBytes))) {
      await Promise.resolve();
      expect(block.bytes[0]).toBe(position % 251);
      position += BLOCK_BYTES;
      block.release();
    }
  });

  it('throws the failure of a read, and lets no read go on when the caller stops', async () => {
    const image = recordingImage(4 * BLOCK_BYTES, []);
    let running = 0;
    const slow: OpenImage = {
      ...image,
      readInto: async (target, position) => {
        running += 1;
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        if (position === 2 * BLOCK_BYTES) throw new Error('bad sector');
        await image.readInto(target, position);
      },
    };
    const parts = planImageParts([], 4 * BLOCK_BYTES);
    const readAll = async () => {
      for await (const block of readBlocks(slow, parts)) block.release();
    };
    await expect(readAll()).rejects.toThrow('bad sector');
    for await (const _ of readBlocks(slow, parts)) break;
    expect(running).toBe(0);
  });
});
