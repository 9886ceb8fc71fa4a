import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { CRC32, CRC64_NVME, combineCrc } from './combine-crc.ts';
import { crc64ToBase64, createCrc64 } from './crc64-nvme.ts';

function crc64Of(...pieces: readonly Uint8Array[]): bigint {
  const crc = createCrc64();
  for (const piece of pieces) crc.update(piece);
  return crc.value();
}

/** Bit by bit, as the definition reads. */
function slowCrc64(bytes: Uint8Array): bigint {
  let crc = 0xffffffffffffffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1)
      crc = (crc & 1n) === 1n ? (crc >> 1n) ^ 0x9a6c9329ac4bc9b5n : crc >> 1n;
  }
  return crc ^ 0xffffffffffffffffn;
}

describe('CRC-64/NVME', () => {
  it('has the check value of its definition', () => {
    const crc = crc64Of(Buffer.from('123456789'));
    expect(crc.toString(16)).toBe('ae8b14860a799888');
    expect(crc64ToBase64(crc)).toBe('rosUhgp5mIg=');
  });

  it('is zero for nothing', () => {
    expect(crc64Of()).toBe(0n);
    expect(crc64Of(Buffer.alloc(0))).toBe(0n);
  });

  it.each([1, 15, 16, 17, 63, 1000, 65_535, 65_536, 65_537])(
    'agrees with the definition on %d bytes',
    (length) => {
      const bytes = randomBytes(length);
      expect(crc64Of(bytes)).toBe(slowCrc64(bytes));
    },
  );

  it('is the same however the bytes come', () => {
    const bytes = randomBytes(200_001);
    const cuts = [0, 1, 17, 65_000, 131_079, 200_001];
    const pieces = cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
    expect(crc64Of(...pieces)).toBe(crc64Of(bytes));
  });
});

describe('combineCrc', () => {
  it.each([0, 1, 5, 4096, 100_003])('puts a second piece of %d bytes behind the first', (length) => {
    const [first, second] = [randomBytes(777), randomBytes(length)];
    const whole = Buffer.concat([first, second]);
    expect(combineCrc(CRC64_NVME, crc64Of(first), crc64Of(second), length)).toBe(crc64Of(whole));
    expect(combineCrc(CRC32, BigInt(crc32(first)), BigInt(crc32(second)), length)).toBe(BigInt(crc32(whole)));
  });
});
