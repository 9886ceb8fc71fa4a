/** One file of a zip archive; sizes and offset in bytes. */
export interface ZipEntry {
  readonly path: string;
  readonly crc: number;
  readonly plainBytes: number;
  readonly packedBytes: number;
  /** Of its local header. */
  readonly offset: number;
  readonly isExecutable: boolean;
}

const LOCAL_EXTRA = 20;
/** A local header without its name: always with room for sizes of 8 bytes, so that its length is known beforehand. */
export const LOCAL_BYTES = 30 + LOCAL_EXTRA;

const LARGEST = 0xffff_ffff;
const ZIP64_VERSION = 45;
const UTF8_NAMES = 0x0800;
const DEFLATED = 8;
// 1 January 1980, the first day of this format.
const FIRST_DAY = 0x0021;

export function localRecord({ path, crc, plainBytes, packedBytes }: ZipEntry): Buffer {
  const name = Buffer.from(path);
  const record = Buffer.alloc(LOCAL_BYTES + name.length);
  record.writeUInt32LE(0x04034b50, 0);
  record.writeUInt16LE(ZIP64_VERSION, 4);
  record.writeUInt16LE(UTF8_NAMES, 6);
  record.writeUInt16LE(DEFLATED, 8);
  record.writeUInt16LE(FIRST_DAY, 12);
  record.writeUInt32LE(crc, 14);
  record.writeUInt32LE(LARGEST, 18);
  record.writeUInt32LE(LARGEST, 22);
  record.writeUInt16LE(name.length, 26);
  record.writeUInt16LE(LOCAL_EXTRA, 28);
  name.copy(record, 30);
  const extra = 30 + name.length;
  record.writeUInt16LE(1, extra);
  record.writeUInt16LE(16, extra + 2);
  record.writeBigUInt64LE(BigInt(plainBytes), extra + 4);
  record.writeBigUInt64LE(BigInt(packedBytes), extra + 12);
  return record;
}

export function centralRecord({
  path,
  crc,
  plainBytes,
  packedBytes,
  offset,
  isExecutable,
}: ZipEntry): Buffer {
  const name = Buffer.from(path);
  const record = Buffer.alloc(46 + name.length + 28);
  record.writeUInt32LE(0x02014b50, 0);
  // Made on Unix: the mode is in the upper half of the external attributes.
  record.writeUInt16LE((3 << 8) | ZIP64_VERSION, 4);
  record.writeUInt16LE(ZIP64_VERSION, 6);
  record.writeUInt16LE(UTF8_NAMES, 8);
  record.writeUInt16LE(DEFLATED, 10);
  record.writeUInt16LE(FIRST_DAY, 14);
  record.writeUInt32LE(crc, 16);
  record.writeUInt32LE(LARGEST, 20);
  record.writeUInt32LE(LARGEST, 24);
  record.writeUInt16LE(name.length, 28);
  record.writeUInt16LE(28, 30);
  record.writeUInt32LE(((isExecutable ? 0o100755 : 0o100644) << 16) >>> 0, 38);
  record.writeUInt32LE(LARGEST, 42);
  name.copy(record, 46);
  const extra = 46 + name.length;
  record.writeUInt16LE(1, extra);
  record.writeUInt16LE(24, extra + 2);
  record.writeBigUInt64LE(BigInt(plainBytes), extra + 4);
  record.writeBigUInt64LE(BigInt(packedBytes), extra + 12);
  record.writeBigUInt64LE(BigInt(offset), extra + 20);
  return record;
}

/** What follows the central directory, which has `sizeBytes` at `offset`. */
export function endRecords(directory: {
  readonly entries: number;
  readonly offset: number;
  readonly sizeBytes: number;
}): Buffer {
  const { entries, offset, sizeBytes } = directory;
  const record = Buffer.alloc(56 + 20 + 22);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeUInt16LE((3 << 8) | ZIP64_VERSION, 12);
  record.writeUInt16LE(ZIP64_VERSION, 14);
  record.writeBigUInt64LE(BigInt(entries), 24);
  record.writeBigUInt64LE(BigInt(entries), 32);
  record.writeBigUInt64LE(BigInt(sizeBytes), 40);
  record.writeBigUInt64LE(BigInt(offset), 48);
  record.writeUInt32LE(0x07064b50, 56);
  record.writeBigUInt64LE(BigInt(offset + sizeBytes), 64);
  record.writeUInt32LE(1, 72);
  record.writeUInt32LE(0x06054b50, 76);
  record.writeUInt16LE(Math.min(entries, 0xffff), 84);
  record.writeUInt16LE(Math.min(entries, 0xffff), 86);
  record.writeUInt32LE(Math.min(sizeBytes, LARGEST), 88);
  record.writeUInt32LE(Math.min(offset, LARGEST), 92);
  return record;
}
