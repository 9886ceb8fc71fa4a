import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

// Images for the tests of this folder; nothing else imports this file.

export const SECTOR = 512;

/** Runs a test in a folder of its own that is removed afterwards. */
export async function inTestFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'osrel-disk-image-'));
  try {
    await test(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes an image and returns its path. */
export async function writeImage(folder: string, bytes: Buffer): Promise<string> {
  const path = join(folder, 'test.img');
  await writeFile(path, bytes);
  return path;
}

/** Writes an image of `sizeBytes` that is a hole but for the given pieces; costs no disk space. */
export async function writeSparseImage(
  folder: string,
  sizeBytes: number,
  pieces: readonly { readonly at: number; readonly bytes: Buffer }[],
): Promise<string> {
  const path = join(folder, 'sparse.img');
  const handle = await open(path, 'w');
  try {
    await handle.truncate(sizeBytes);
    for (const { at, bytes } of pieces) await handle.write(bytes, 0, bytes.length, at);
  } finally {
    await handle.close();
  }
  return path;
}

/** Bytes that repeat every 256, so that compression has something to do and every sector is used. */
export function pattern(sizeBytes: number): Buffer {
  return Buffer.from(Array.from({ length: sizeBytes }, (_, position) => (position * 37 + 11) & 0xff));
}

/** Pseudo-random bytes (xorshift), the same for the same seed. */
export function noise(sizeBytes: number, seed: number): Buffer {
  let state = seed | 1;
  return Buffer.alloc(sizeBytes).map(() => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 0xff;
  }) as Buffer;
}

/** Empties the partition table of an MBR or EBR sector. */
export function clearTable(image: Buffer, sector: number): void {
  image.fill(0, sector * SECTOR + 446, sector * SECTOR + 510);
}

/** Writes one MBR or EBR entry; sectors count as the table counts them. */
export function putEntry(
  image: Buffer,
  place: { readonly sector: number; readonly slot: number },
  entry: { readonly type: number; readonly first: number; readonly count: number },
): void {
  const offset = place.sector * SECTOR + 446 + place.slot * 16;
  image.writeUInt8(entry.type, offset + 4);
  image.writeUInt32LE(entry.first, offset + 8);
  image.writeUInt32LE(entry.count, offset + 12);
}

/** The reference's MBR test image: 180 sectors, a primary partition, a container with two logical ones. */
export function referenceMbrImage(): Buffer {
  const image = pattern(180 * SECTOR);
  for (const sector of [0, 100, 150]) clearTable(image, sector);
  putEntry(image, { sector: 0, slot: 0 }, { type: 0x83, first: 34, count: 20 });
  putEntry(image, { sector: 0, slot: 1 }, { type: 0x05, first: 100, count: 80 });
  putEntry(image, { sector: 100, slot: 0 }, { type: 0x83, first: 1, count: 10 });
  putEntry(image, { sector: 100, slot: 1 }, { type: 0x05, first: 50, count: 30 });
  putEntry(image, { sector: 150, slot: 0 }, { type: 0x83, first: 1, count: 10 });
  return image;
}

/** The reference's GPT test image: 60 sectors, slots 0 and 2, a header of signature and array fields only. */
export function referenceGptImage(): Buffer {
  const image = pattern(60 * SECTOR);
  clearTable(image, 0);
  putEntry(image, { sector: 0, slot: 0 }, { type: 0xee, first: 1, count: 59 });
  image.write('EFI PART', SECTOR, 'latin1');
  image.writeBigUInt64LE(2n, SECTOR + 72);
  image.writeUInt32LE(4, SECTOR + 80);
  image.writeUInt32LE(128, SECTOR + 84);
  image.fill(0, 2 * SECTOR, 2 * SECTOR + 4 * 128);
  for (const [slot, first, last] of [
    [0, 34n, 39n],
    [2, 45n, 49n],
  ] as const) {
    const offset = 2 * SECTOR + slot * 128;
    image.fill(0x11, offset, offset + 16);
    image.writeBigUInt64LE(first, offset + 32);
    image.writeBigUInt64LE(last, offset + 40);
  }
  return image;
}

export interface TestGptEntry {
  readonly slot: number;
  readonly first: bigint;
  readonly last: bigint;
  readonly name?: string;
}

/** The type GUID that `gptStart` gives every entry, as tools print it: Linux file system data. */
export const LINUX_DATA = '0FC63DAF-8483-4772-8E79-3D69D8477DE4';
const LINUX_DATA_BYTES = Buffer.from('af3dc60f838472478e793d69d8477de4', 'hex');

/** Protective MBR, header and 128 entries with right checksums, for the given sector size. */
export function gptStart(sectorBytes: number, entries: readonly TestGptEntry[]): Buffer {
  const image = Buffer.alloc(2 * sectorBytes + 128 * 128);
  putEntry(image, { sector: 0, slot: 0 }, { type: 0xee, first: 1, count: 0xffffffff });
  const array = image.subarray(2 * sectorBytes);
  for (const { slot, first, last, name } of entries) {
    LINUX_DATA_BYTES.copy(array, slot * 128);
    array.writeBigUInt64LE(first, slot * 128 + 32);
    array.writeBigUInt64LE(last, slot * 128 + 40);
    array.write(name ?? '', slot * 128 + 56, 'utf16le');
  }
  const header = image.subarray(sectorBytes, sectorBytes + 92);
  header.write('EFI PART', 0, 'latin1');
  header.writeUInt32LE(0x00010000, 8);
  header.writeUInt32LE(92, 12);
  header.writeBigUInt64LE(1n, 24);
  header.writeBigUInt64LE(2n, 72);
  header.writeUInt32LE(128, 80);
  header.writeUInt32LE(128, 84);
  header.writeUInt32LE(crc32(array), 88);
  header.writeUInt32LE(crc32(header), 16);
  return image;
}
