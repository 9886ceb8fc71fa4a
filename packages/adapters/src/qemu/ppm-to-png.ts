import { crc32, deflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const TRUE_COLOUR = 2;
const BITS = 8;

/**
 * A PNG of a picture in binary PPM with 8 bits a colour, as QEMU writes it; undefined when it is none or cut short.
 */
export function ppmToPng(ppm: Buffer): Buffer | undefined {
  const header = /^P6\s+(\d{1,5})\s+(\d{1,5})\s+255\s/.exec(ppm.toString('latin1', 0, 64));
  if (header === null) return undefined;
  const [width, height, start] = [Number(header[1]), Number(header[2]), header[0].length];
  const rowBytes = width * 3;
  if (width === 0 || height === 0 || ppm.length < start + rowBytes * height) return undefined;
  // Each row of a PNG begins with the number of its filter: 0, none.
  const rows = Buffer.alloc((rowBytes + 1) * height);
  for (let row = 0; row < height; row += 1) {
    ppm.copy(rows, row * (rowBytes + 1) + 1, start + row * rowBytes, start + (row + 1) * rowBytes);
  }
  const size = Buffer.alloc(13);
  size.writeUInt32BE(width, 0);
  size.writeUInt32BE(height, 4);
  size.set([BITS, TRUE_COLOUR, 0, 0, 0], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', size),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(name: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), content]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(content.length, 0);
  frame.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([frame.subarray(0, 4), named, frame.subarray(4)]);
}
