import { type FileHandle, open } from 'node:fs/promises';

const BLOCK = 512;

/**
 * Why the file is no docker archive, or undefined when it is one: a tar file with a `manifest.json`, whose entries all
 * lie within the file. Headers only are read.
 */
export async function findArchiveDefect(path: string): Promise<string | undefined> {
  const file = await open(path, 'r');
  try {
    return await scanEntries(file, (await file.stat()).size);
  } finally {
    await file.close();
  }
}

async function scanEntries(file: FileHandle, sizeBytes: number): Promise<string | undefined> {
  const header = Buffer.alloc(BLOCK);
  let hasManifest = false;
  for (let offset = 0; offset < sizeBytes; ) {
    const { bytesRead } = await file.read(header, 0, BLOCK, offset);
    if (bytesRead < BLOCK) return 'it ends in the middle of an entry';
    if (header.every((byte) => byte === 0)) break;
    if (!hasValidSum(header)) return offset === 0 ? 'it is no tar file' : `it is damaged at byte ${offset}`;
    const entryBytes = entrySize(header);
    offset += BLOCK + Math.ceil(entryBytes / BLOCK) * BLOCK;
    if (offset > sizeBytes) return 'it ends in the middle of an entry';
    hasManifest ||= textField(header, 0, 100).replace(/^\.\//, '') === 'manifest.json';
  }
  return hasManifest ? undefined : 'it has no manifest.json';
}

/** The header's own check sum, counted with spaces in its place. */
function hasValidSum(header: Buffer): boolean {
  let sum = 8 * 0x20;
  for (const [index, byte] of header.entries()) sum += index >= 148 && index < 156 ? 0 : byte;
  return Number.parseInt(textField(header, 148, 8).trim(), 8) === sum;
}

/** Octal digits, or, for files of 8 GiB and more, a binary number marked by the highest bit. */
function entrySize(header: Buffer): number {
  if (((header[124] ?? 0) & 0x80) === 0) return Number.parseInt(textField(header, 124, 12).trim() || '0', 8);
  return Number(header.readBigUInt64BE(128));
}

function textField(header: Buffer, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.subarray(0, end === -1 ? length : end).toString('latin1');
}
