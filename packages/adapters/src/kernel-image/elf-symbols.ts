import { ElfDefect, type ElfFile } from './elf-file.ts';

/** Where a symbol's bytes begin in the file. */
export interface ElfSymbol {
  readonly value: bigint;
  /** Byte of the file. */
  readonly offset: number;
}

const SYMBOL_TABLE = 2;
const WITHOUT_BYTES = 8;
const SYMBOL_BYTES = { 4: 16, 8: 24 } as const;

/**
 * The symbols of these names that have bytes in the file; the first of each name counts. Undefined when the file has
 * no symbol table: it was stripped. Throws `ElfDefect` on a damaged file.
 */
export async function findSymbols(
  elf: ElfFile,
  names: readonly string[],
): Promise<ReadonlyMap<string, ElfSymbol> | undefined> {
  const table = elf.sections.find(({ type }) => type === SYMBOL_TABLE);
  if (table === undefined || table.sizeBytes === 0) return undefined;
  const strings = elf.sections[table.link];
  if (strings === undefined) throw new ElfDefect('has a symbol table without names');
  const entryBytes = SYMBOL_BYTES[elf.wordBytes];
  if (table.entryBytes !== entryBytes) throw new ElfDefect(`has symbols of ${table.entryBytes} bytes`);
  const symbols = await elf.read(table.offset, table.sizeBytes - (table.sizeBytes % entryBytes));
  const text = await elf.read(strings.offset, strings.sizeBytes);
  const wanted = names.map((name) => ({ name, bytes: Buffer.from(`${name}\0`) }));
  const found = new Map<string, ElfSymbol>();
  for (let at = 0; at < symbols.length && found.size < names.length; at += entryBytes) {
    const start = Number(elf.readNumber(symbols, at, 4));
    const match = wanted.find(({ bytes }) => isAt(text, start, bytes));
    if (match === undefined || found.has(match.name)) continue;
    const symbol = locate(elf, symbols, at);
    if (symbol !== undefined) found.set(match.name, symbol);
  }
  return found;
}

function isAt(text: Buffer, start: number, bytes: Buffer): boolean {
  const end = start + bytes.length;
  return (
    text[start] === bytes[0] && end <= text.length && text.compare(bytes, 0, bytes.length, start, end) === 0
  );
}

/** Undefined for a symbol that is defined elsewhere or whose section has no bytes in the file. */
function locate(elf: ElfFile, symbols: Buffer, at: number): ElfSymbol | undefined {
  const is64 = elf.wordBytes === 8;
  const value = elf.readNumber(symbols, at + (is64 ? 8 : 4), elf.wordBytes);
  const section = elf.sections[Number(elf.readNumber(symbols, at + (is64 ? 6 : 14), 2))];
  if (section === undefined || section.type === 0 || section.type === WITHOUT_BYTES) return undefined;
  const into = elf.isRelocatable ? value : value - section.address;
  if (into < 0n || into > BigInt(section.sizeBytes)) return undefined;
  return { value, offset: section.offset + Number(into) };
}
