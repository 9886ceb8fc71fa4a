import { crc32 } from 'node:zlib';
import { CRC32, CRC64_NVME, combineCrc } from './combine-crc.ts';
import { crc64ToBase64, createCrc64 } from './crc64-nvme.ts';

/** A checksum that a store verifies part by part and over the whole object. */
export type WholeChecksumName = 'CRC64NVME' | 'CRC32';

/** The checksum of one part while it is read. */
export interface PartChecksum {
  update(bytes: Uint8Array): void;
  value(): bigint;
}

export function createPartChecksum(name: WholeChecksumName): PartChecksum {
  if (name === 'CRC64NVME') return createCrc64();
  let crc = 0;
  return {
    update: (bytes) => {
      crc = crc32(bytes, crc);
    },
    value: () => BigInt(crc),
  };
}

/** Checksum of a first stretch with a second of `lengthBytes` behind it. */
export function joinChecksums(
  name: WholeChecksumName,
  [first, second]: readonly [bigint, bigint],
  lengthBytes: number,
): bigint {
  return combineCrc(name === 'CRC64NVME' ? CRC64_NVME : CRC32, first, second, lengthBytes);
}

/** As headers and listings of S3 show it: base64, most significant byte first. */
export function checksumText(name: WholeChecksumName, value: bigint): string {
  if (name === 'CRC64NVME') return crc64ToBase64(value);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(Number(value));
  return bytes.toString('base64');
}

/** The checksum as a field of a request. */
export function checksumField(name: WholeChecksumName, text: string) {
  return name === 'CRC64NVME' ? { ChecksumCRC64NVME: text } : { ChecksumCRC32: text };
}
