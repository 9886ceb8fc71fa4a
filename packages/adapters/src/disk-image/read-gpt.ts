import { crc32 } from 'node:zlib';
import { badUsage, integrityBroken, type PartitionEntry, type Problem } from '@osrel/core';
import { type OpenImage, readBytes } from './open-image.ts';

const SECTOR_SIZES = [512, 1024, 2048, 4096] as const;
const HEADER_BYTES = 92;
const GPT_REVISION_1 = 0x00010000;
const MIN_ENTRY_BYTES = 128;
// The usual array has 16 KiB; this only keeps a damaged header from asking for gigabytes.
const MAX_ARRAY_BYTES = 16 * 1024 * 1024;

interface GptHeader {
  readonly position: number;
  readonly sectorSizeBytes: number;
  readonly entriesPosition: bigint;
  readonly entryCount: number;
  readonly entryBytes: number;
  /** Undefined on a table whose maker left the version and size fields empty: it carries no checksums. */
  readonly arrayCrc: number | undefined;
}

/**
 * Reads the primary GPT, probed at sectors of 512 to 4096 bytes; unused slots are skipped, the index is slot + 1
 * (balena-automation 7). Both checksums are verified and a wrong one is refused, never read around: a release must
 * not carry a table that only its backup can explain. Headers with neither a version nor a valid size (hand-made
 * images, also the reference's own test image) carry no checksum and are taken as they are.
 * Throws `image.gpt-missing`, `image.gpt-invalid`, `image.gpt-checksum` (integrity), `image.partition-range`.
 */
export async function readGptPartitions(
  image: OpenImage,
): Promise<{ readonly sectorSizeBytes: number; readonly partitions: readonly PartitionEntry[] }> {
  const header = await findHeader(image);
  const array = await readEntryArray(image, header);
  if (header.arrayCrc !== undefined) {
    refuseWrongChecksum(image, {
      what: 'GPT partition array',
      position: Number(header.entriesPosition),
      stored: header.arrayCrc,
      computed: crc32(array),
    });
  }
  return { sectorSizeBytes: header.sectorSizeBytes, partitions: parseEntries(image, header, array) };
}

async function findHeader(image: OpenImage): Promise<GptHeader> {
  for (const sectorSizeBytes of SECTOR_SIZES) {
    if (2 * sectorSizeBytes > image.sizeBytes) break;
    const sector = await readBytes(image, sectorSizeBytes, sectorSizeBytes);
    if (sector.toString('latin1', 0, 8) === 'EFI PART') return parseHeader(image, sector);
  }
  throw badUsage(
    'image.gpt-missing',
    `${image.path}: the MBR announces a GPT, but no header is at byte ${SECTOR_SIZES.join(', ')}`,
    { hint: 'the image is damaged or cut short: "sgdisk --verify IMAGE" tells more' },
  );
}

function parseHeader(image: OpenImage, sector: Buffer): GptHeader {
  const sectorSizeBytes = sector.length;
  const headerBytes = sector.readUInt32LE(12);
  const hasSize = headerBytes >= HEADER_BYTES && headerBytes <= sectorSizeBytes;
  const hasChecksums = hasSize || sector.readUInt32LE(8) === GPT_REVISION_1;
  if (hasChecksums) {
    const covered = Buffer.from(sector.subarray(0, hasSize ? headerBytes : HEADER_BYTES));
    covered.writeUInt32LE(0, 16);
    const stored = sector.readUInt32LE(16);
    refuseWrongChecksum(image, {
      what: 'GPT header',
      position: sectorSizeBytes,
      stored,
      computed: crc32(covered),
    });
  }
  return {
    position: sectorSizeBytes,
    sectorSizeBytes,
    entriesPosition: sector.readBigUInt64LE(72) * BigInt(sectorSizeBytes),
    entryCount: sector.readUInt32LE(80),
    entryBytes: sector.readUInt32LE(84),
    arrayCrc: hasChecksums ? sector.readUInt32LE(88) : undefined,
  };
}

function refuseWrongChecksum(
  image: OpenImage,
  found: {
    readonly what: string;
    readonly position: number;
    readonly stored: number;
    readonly computed: number;
  },
): void {
  if (found.stored === found.computed) return;
  const hex = (value: number) => `0x${value.toString(16).padStart(8, '0')}`;
  throw integrityBroken(
    'image.gpt-checksum',
    `${image.path}: the ${found.what} at byte ${found.position} has CRC-32 ${hex(found.computed)}, its table says ${hex(found.stored)}`,
    { hint: 'build the image again; "sgdisk --verify IMAGE" tells whether the backup table is intact' },
  );
}

async function readEntryArray(image: OpenImage, header: GptHeader): Promise<Buffer> {
  const { entryCount, entryBytes, entriesPosition } = header;
  const length = entryCount * entryBytes;
  const where = `${image.path}: the GPT header at byte ${header.position}`;
  if (entryBytes < MIN_ENTRY_BYTES || entryBytes % 8 !== 0 || length > MAX_ARRAY_BYTES) {
    throw badUsage('image.gpt-invalid', `${where} claims ${entryCount} entries of ${entryBytes} bytes`);
  }
  if (entriesPosition + BigInt(length) > BigInt(image.sizeBytes)) {
    throw badUsage(
      'image.gpt-invalid',
      `${where} puts ${length} bytes of entries at byte ${entriesPosition}, behind the end of the image of ${image.sizeBytes} bytes`,
    );
  }
  return readBytes(image, Number(entriesPosition), length);
}

function parseEntries(image: OpenImage, header: GptHeader, array: Buffer): readonly PartitionEntry[] {
  const problems: Problem[] = [];
  const partitions: PartitionEntry[] = [];
  for (let slot = 0; slot < header.entryCount; slot += 1) {
    const entry = array.subarray(slot * header.entryBytes, (slot + 1) * header.entryBytes);
    if (entry.subarray(0, 16).every((byte) => byte === 0)) continue;
    const index = slot + 1;
    const range = parseRange(entry, header.sectorSizeBytes);
    if (typeof range === 'string') problems.push({ at: `partition ${index}`, message: range });
    else partitions.push({ index, type: formatGuid(entry), ...parseName(entry), ...range });
  }
  const first = problems[0];
  if (first !== undefined) {
    throw badUsage('image.partition-range', `${image.path}: ${first.at} ${first.message}`, { problems });
  }
  return partitions;
}

function parseRange(
  entry: Buffer,
  sectorSizeBytes: number,
): { readonly firstByte: number; readonly lengthBytes: number } | string {
  const firstByte = entry.readBigUInt64LE(32) * BigInt(sectorSizeBytes);
  const endByte = (entry.readBigUInt64LE(40) + 1n) * BigInt(sectorSizeBytes);
  if (endByte < firstByte) return `starts at byte ${firstByte} and ends before it, at byte ${endByte - 1n}`;
  if (endByte > BigInt(Number.MAX_SAFE_INTEGER)) {
    return `(bytes ${firstByte} to ${endByte - 1n}) is larger than any image`;
  }
  return { firstByte: Number(firstByte), lengthBytes: Number(endByte - firstByte) };
}

function parseName(entry: Buffer): { readonly name?: string } {
  const name = entry.toString('utf16le', 56, 128).replace(/\0.*$/s, '');
  return name === '' ? {} : { name };
}

/** The first three groups of a GUID are stored little-endian, the others as they are written. */
function formatGuid(entry: Buffer): string {
  const littleEndian = (from: number, to: number) => Buffer.from(entry.subarray(from, to)).reverse();
  const groups = [littleEndian(0, 4), littleEndian(4, 6), littleEndian(6, 8), entry.subarray(8, 10)];
  return [...groups, entry.subarray(10, 16)]
    .map((group) => group.toString('hex'))
    .join('-')
    .toUpperCase();
}
