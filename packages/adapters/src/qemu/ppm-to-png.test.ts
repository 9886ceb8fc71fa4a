import { crc32, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ppmToPng } from './ppm-to-png.ts';

const PIXELS = Buffer.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 1, 2, 3]);
const PPM = Buffer.concat([Buffer.from('P6\n2 2\n255\n'), PIXELS]);

/** Chunks by name; each with a right checksum. */
function chunksOf(png: Buffer): ReadonlyMap<string, Buffer> {
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const named = png.subarray(at + 4, at + 8 + length);
    expect(png.readUInt32BE(at + 8 + length)).toBe(crc32(named));
    chunks.set(named.toString('latin1', 0, 4), named.subarray(4));
    at += 12 + length;
  }
  return chunks;
}

describe('ppmToPng', () => {
  it('keeps size and every pixel', () => {
    const png = ppmToPng(PPM) ?? Buffer.alloc(0);
    expect(png.subarray(0, 8)).toEqual(Buffer.from('\u0089PNG\r\n\u001a\n', 'latin1'));
    const chunks = chunksOf(png);
    expect([...chunks.keys()]).toEqual(['IHDR', 'IDAT', 'IEND']);
    const size = chunks.get('IHDR') ?? Buffer.alloc(13);
    expect([size.readUInt32BE(0), size.readUInt32BE(4), size[8], size[9]]).toEqual([2, 2, 8, 2]);
    const rows = inflateSync(chunks.get('IDAT') ?? Buffer.alloc(0));
    expect(rows).toEqual(Buffer.from([0, ...PIXELS.subarray(0, 6), 0, ...PIXELS.subarray(6)]));
  });

  it('is nothing for another format and for a picture that was cut', () => {
    expect(ppmToPng(Buffer.from('P3\n2 2\n255\n1 2 3'))).toBeUndefined();
    expect(ppmToPng(PPM.subarray(0, -1))).toBeUndefined();
    expect(ppmToPng(Buffer.alloc(0))).toBeUndefined();
  });
});
