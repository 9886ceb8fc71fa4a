import { inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BLOCK_BYTES, createBlockCompressor } from './compress-blocks.ts';
import { noise } from './disk-image/build-test-image.ts';
import type { PlainBlock } from './disk-image/read-blocks.ts';
import { createPlainSums } from './disk-image/sum-plain-blocks.ts';

const part = { filename: 'part-0.deflate', firstByte: 0, lengthBytes: 0 };
const block = (bytes: Buffer, place: 'inside' | 'end' = 'inside'): PlainBlock => ({
  part,
  bytes,
  endsPart: place === 'end',
  release: () => undefined,
});
const inflate = (...pieces: readonly Buffer[]): Buffer =>
  inflateRawSync(Buffer.concat([...pieces, Buffer.from([3, 0])]));

describe('createBlockCompressor', () => {
  it('ends every block in a sync flush, the empty one too', async () => {
    const compress = createBlockCompressor();
    for (const bytes of [Buffer.alloc(0), noise(10, 1), noise(100_000, 2), Buffer.alloc(BLOCK_BYTES)]) {
      const compressed = await compress(block(bytes));
      expect(compressed.subarray(-4).toString('hex')).toBe('0000ffff');
    }
  });

  it('compresses zeros once, wherever they are', async () => {
    const compress = createBlockCompressor();
    const first = await compress(block(Buffer.alloc(BLOCK_BYTES)));
    await compress(block(noise(100, 3)));
    expect(await compress(block(Buffer.alloc(BLOCK_BYTES), 'end'))).toBe(first);
    expect(first.length).toBeLessThan(2000);
    expect(inflate(first).equals(Buffer.alloc(BLOCK_BYTES))).toBe(true);
  });

  it('does not take a block for zeros whose last byte is set', async () => {
    const compress = createBlockCompressor();
    const bytes = Buffer.alloc(BLOCK_BYTES);
    bytes.writeUInt8(1, BLOCK_BYTES - 1);
    expect(inflate(await compress(block(bytes))).equals(bytes)).toBe(true);
  });

  it('refers back to the previous block of the same part only', async () => {
    const compress = createBlockCompressor();
    const bytes = noise(20_000, 4);
    const first = await compress(block(bytes));
    const second = await compress(block(bytes, 'end'));
    const third = await compress(block(bytes));
    expect(second.length).toBeLessThan(1000);
    expect(third.length).toBeGreaterThan(20_000);
    expect(inflate(first, second).equals(Buffer.concat([bytes, bytes]))).toBe(true);
    expect(inflate(third).equals(bytes)).toBe(true);
  });

  it('is right when blocks are started together and their memory is used again afterwards', async () => {
    const compress = createBlockCompressor();
    const plain = [noise(50_000, 5), Buffer.alloc(BLOCK_BYTES), noise(40_000, 5), noise(60_000, 6)];
    const compressed = await Promise.all(plain.map((bytes) => compress(block(Buffer.from(bytes)))));
    expect(inflate(...compressed).equals(Buffer.concat(plain))).toBe(true);
  });

  it('keeps the dictionary of a block whose memory was changed meanwhile', async () => {
    const compress = createBlockCompressor();
    const memory = noise(40_000, 8);
    const plain = Buffer.from(memory);
    const first = await compress(block(memory));
    memory.fill(0xff);
    const second = await compress(block(plain));
    expect(inflate(first, second).equals(Buffer.concat([plain, plain]))).toBe(true);
  });
});

describe('createPlainSums', () => {
  it('sums each part from its own start and the image over all of them', () => {
    const sums = createPlainSums();
    expect(sums.add(block(Buffer.from('1234')))).toBe(0x9be3e0a3);
    expect(sums.add(block(Buffer.from('56789'), 'end'))).toBe(0xcbf43926);
    expect(sums.add(block(Buffer.from('123456789'), 'end'))).toBe(0xcbf43926);
    expect(sums.add(block(Buffer.alloc(0), 'end'))).toBe(0);
    // printf 123456789123456789 | sha256sum
    expect(sums.imageSha256()).toBe('b5867a2a76366b304f8334d38e94a77dde29b4a935098d7ad2448a4fefc84174');
  });
});
