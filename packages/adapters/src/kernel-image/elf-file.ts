import { type FileHandle, open } from 'node:fs/promises';

/** One section header. */
export interface ElfSection {
  readonly type: number;
  readonly address: bigint;
  readonly offset: number;
  readonly sizeBytes: number;
  /** Section that belongs to it: the names of a symbol table. */
  readonly link: number;
  readonly entryBytes: number;
}

/** An ELF file opened for reading: 32 or 64 bit, either byte order. */
export interface ElfFile {
  readonly sections: readonly ElfSection[];
  /** True for an object file, whose symbols are relative to their section. */
  readonly isRelocatable: boolean;
  readonly wordBytes: 4 | 8;
  /** Bytes from the file. Throws `ElfDefect` when they do not all lie in it. */
  read(offset: number, sizeBytes: number): Promise<Buffer>;
  readNumber(bytes: Buffer, at: number, width: 2 | 4 | 8): bigint;
  close(): Promise<void>;
}

/** Why a file cannot be read as ELF; the message completes the sentence "<file> ...". */
export class ElfDefect extends Error {
  override readonly name = 'ElfDefect';
}

const HEADER_BYTES = { 4: 52, 8: 64 } as const;
const SECTION_BYTES = { 4: 40, 8: 64 } as const;
const RELOCATABLE = 1;
const LARGEST_READ = 1024 * 1024 * 1024;
const MOST_SECTIONS = 65_536;

/** Opens a file and reads its section headers. Throws `ElfDefect` for what is no ELF file, or a damaged one. */
export async function openElf(path: string): Promise<ElfFile> {
  const handle = await open(path, 'r');
  try {
    return await readHeaders(handle);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function readHeaders(handle: FileHandle): Promise<ElfFile> {
  const fileBytes = (await handle.stat()).size;
  const read = (offset: number, sizeBytes: number) => readRange({ handle, fileBytes }, offset, sizeBytes);
  const identity = await read(0, Math.min(fileBytes, 16));
  if (identity.toString('latin1', 0, 4) !== '\x7fELF') throw new ElfDefect('is no ELF file');
  const wordBytes = identity[4] === 2 ? 8 : identity[4] === 1 ? 4 : undefined;
  const order = identity[5];
  if (wordBytes === undefined || (order !== 1 && order !== 2)) {
    throw new ElfDefect(`has an unknown ELF class ${identity[4]} or byte order ${identity[5]}`);
  }
  const readNumber = (bytes: Buffer, at: number, width: 2 | 4 | 8) =>
    order === 1 ? BigInt(littleEndian(bytes, at, width)) : BigInt(bigEndian(bytes, at, width));
  const header = await read(0, HEADER_BYTES[wordBytes]);
  const isRelocatable = readNumber(header, 16, 2) === BigInt(RELOCATABLE);
  const sections = await readSections({ read, readNumber, wordBytes }, header);
  return { sections, isRelocatable, wordBytes, read, readNumber, close: () => handle.close() };
}

type Layout = Pick<ElfFile, 'read' | 'readNumber' | 'wordBytes'>;

async function readSections(
  { read, readNumber, wordBytes }: Layout,
  header: Buffer,
): Promise<readonly ElfSection[]> {
  const is64 = wordBytes === 8;
  const offset = Number(readNumber(header, is64 ? 40 : 32, wordBytes));
  const entryBytes = Number(readNumber(header, is64 ? 58 : 46, 2));
  const listed = Number(readNumber(header, is64 ? 60 : 48, 2));
  if (offset === 0) return [];
  if (entryBytes < SECTION_BYTES[wordBytes])
    throw new ElfDefect(`has section headers of ${entryBytes} bytes`);
  const parse = (bytes: Buffer, at: number): ElfSection => ({
    type: Number(readNumber(bytes, at + 4, 4)),
    address: readNumber(bytes, at + (is64 ? 16 : 12), wordBytes),
    offset: Number(readNumber(bytes, at + (is64 ? 24 : 16), wordBytes)),
    sizeBytes: Number(readNumber(bytes, at + (is64 ? 32 : 20), wordBytes)),
    link: Number(readNumber(bytes, at + (is64 ? 40 : 24), 4)),
    entryBytes: Number(readNumber(bytes, at + (is64 ? 56 : 36), wordBytes)),
  });
  // With 65 280 sections and more the number is in the first, otherwise empty header.
  const count = listed === 0 ? parse(await read(offset, entryBytes), 0).sizeBytes : listed;
  if (count > MOST_SECTIONS) throw new ElfDefect(`lists ${count} sections`);
  const table = await read(offset, count * entryBytes);
  return Array.from({ length: count }, (_, index) => parse(table, index * entryBytes));
}

async function readRange(
  file: { readonly handle: FileHandle; readonly fileBytes: number },
  offset: number,
  sizeBytes: number,
): Promise<Buffer> {
  if (
    !Number.isSafeInteger(offset + sizeBytes) ||
    offset + sizeBytes > file.fileBytes ||
    sizeBytes > LARGEST_READ
  ) {
    throw new ElfDefect(
      `is cut short: ${sizeBytes} bytes at ${offset} are not in its ${file.fileBytes} bytes`,
    );
  }
  const bytes = Buffer.allocUnsafe(sizeBytes);
  for (let filled = 0; filled < sizeBytes; ) {
    const { bytesRead } = await file.handle.read(bytes, filled, sizeBytes - filled, offset + filled);
    if (bytesRead === 0) throw new ElfDefect('became shorter while it was read');
    filled += bytesRead;
  }
  return bytes;
}

function littleEndian(bytes: Buffer, at: number, width: 2 | 4 | 8): bigint | number {
  return width === 8 ? bytes.readBigUInt64LE(at) : bytes.readUIntLE(at, width);
}

function bigEndian(bytes: Buffer, at: number, width: 2 | 4 | 8): bigint | number {
  return width === 8 ? bytes.readBigUInt64BE(at) : bytes.readUIntBE(at, width);
}
