import { crc32 } from 'node:zlib';
import { alignUp, bootSector } from './mbr.mjs';

const SECTOR_BYTES = 512;
const ENTRY_COUNT = 128;
const ENTRY_BYTES = 128;
const ENTRY_SECTORS = (ENTRY_COUNT * ENTRY_BYTES) / SECTOR_BYTES;
const HEADER_BYTES = 92;

export const EFI_SYSTEM = 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b';
export const LINUX_FILE_SYSTEM = '0fc63daf-8483-4772-8e79-3d69d8477de4';

/**
 * The sectors of a GPT disk: protective MBR, both headers and both entry arrays with their checksums.
 * @param {{ diskGuid: string, alignmentSectors: number,
 *   partitions: { type: string, guid: string, name: string, sectors: number }[] }} disk
 * @returns {{ pieces: { offset: number, bytes: Buffer }[], starts: number[], sectors: number }} starts in sectors
 */
export function layOutGpt({ diskGuid, alignmentSectors, partitions }) {
  const starts = [];
  let next = alignmentSectors;
  for (const { sectors } of partitions) {
    starts.push(next);
    next = alignUp(next + sectors, alignmentSectors);
  }
  const sectors = next + alignmentSectors;
  const entries = entryArray(partitions, starts);
  const shared = { diskGuid, sectors, entriesCrc: crc32(entries) };
  const last = sectors - 1;
  const pieces = [
    { lba: 0, bytes: bootSector(0, [{ type: 0xee, start: 1, sectors: last }]) },
    { lba: 1, bytes: header({ ...shared, own: 1, other: last, entriesAt: 2 }) },
    { lba: 2, bytes: entries },
    { lba: last - ENTRY_SECTORS, bytes: entries },
    { lba: last, bytes: header({ ...shared, own: last, other: 1, entriesAt: last - ENTRY_SECTORS }) },
  ];
  return { pieces: pieces.map(({ lba, bytes }) => ({ offset: lba * SECTOR_BYTES, bytes })), starts, sectors };
}

function entryArray(partitions, starts) {
  const entries = Buffer.alloc(ENTRY_COUNT * ENTRY_BYTES);
  for (const [index, { type, guid, name, sectors }] of partitions.entries()) {
    const at = index * ENTRY_BYTES;
    entries.set(guidBytes(type), at);
    entries.set(guidBytes(guid), at + 16);
    entries.writeBigUInt64LE(BigInt(starts[index]), at + 32);
    entries.writeBigUInt64LE(BigInt(starts[index] + sectors - 1), at + 40);
    entries.write(name.slice(0, 36), at + 56, 'utf16le');
  }
  return entries;
}

function header({ diskGuid, sectors, entriesCrc, own, other, entriesAt }) {
  const sector = Buffer.alloc(SECTOR_BYTES);
  sector.write('EFI PART', 0, 'latin1');
  sector.writeUInt32LE(0x00010000, 8);
  sector.writeUInt32LE(HEADER_BYTES, 12);
  sector.writeBigUInt64LE(BigInt(own), 24);
  sector.writeBigUInt64LE(BigInt(other), 32);
  sector.writeBigUInt64LE(BigInt(2 + ENTRY_SECTORS), 40);
  sector.writeBigUInt64LE(BigInt(sectors - 2 - ENTRY_SECTORS), 48);
  sector.set(guidBytes(diskGuid), 56);
  sector.writeBigUInt64LE(BigInt(entriesAt), 72);
  sector.writeUInt32LE(ENTRY_COUNT, 80);
  sector.writeUInt32LE(ENTRY_BYTES, 84);
  sector.writeUInt32LE(entriesCrc, 88);
  sector.writeUInt32LE(crc32(sector.subarray(0, HEADER_BYTES)), 16);
  return sector;
}

/** A GUID as the disk holds it: the first three groups little-endian, the rest in reading order. */
export function guidBytes(guid) {
  const hex = Buffer.from(guid.replaceAll('-', ''), 'hex');
  return Buffer.concat([
    hex.subarray(0, 4).reverse(),
    hex.subarray(4, 6).reverse(),
    hex.subarray(6, 8).reverse(),
    hex.subarray(8),
  ]);
}
