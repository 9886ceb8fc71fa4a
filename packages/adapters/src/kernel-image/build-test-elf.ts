/** ELF files for tests, made byte by byte: a certificate list with the symbols a kernel has. */
export interface TestElf {
  readonly wordBytes: 4 | 8;
  readonly order: 'little' | 'big';
  /** The bytes behind `system_certificate_list`. */
  readonly list: Buffer;
  /** What `system_certificate_list_size` says; default: the length of the list. */
  readonly sizeBytes?: number;
  /** Symbol names; a kernel has all of them. */
  readonly symbols?: readonly string[];
  /** Leaves out the symbol table, as `strip` does. */
  readonly isStripped?: boolean;
}

export const KERNEL_SYMBOLS = [
  '__cert_list_start',
  '__cert_list_end',
  'system_certificate_list',
  'system_certificate_list_size',
];
const ADDRESS = { 4: 0xc0a0_0000n, 8: 0xffff_ffff_81a0_0000n } as const;

/** An executable of four sections: nothing, data, symbols, names. */
export function buildTestElf(elf: TestElf): Buffer {
  const { wordBytes, list } = elf;
  const is64 = wordBytes === 8;
  const put = writer(elf);
  const size = put(wordBytes, BigInt(elf.sizeBytes ?? list.length));
  const data = Buffer.concat([list, size]);
  const base = ADDRESS[wordBytes];
  const values: Readonly<Record<string, bigint>> = {
    __cert_list_start: base,
    __cert_list_end: base + BigInt(list.length),
    system_certificate_list: base,
    system_certificate_list_size: base + BigInt(list.length),
  };
  const wanted = elf.symbols ?? KERNEL_SYMBOLS;
  // A name that only ends like one of ours, as linkers share the ends of names.
  const names = `\0not_${wanted.join('\0not_')}\0`;
  const symbols = Buffer.concat([
    symbolOf(elf, { name: 0, value: 0n, section: 0 }),
    ...wanted.map((name) => symbolOf(elf, { name: names.indexOf(`not_${name}\0`), value: base, section: 1 })),
    ...wanted.map((name) =>
      symbolOf(elf, { name: names.indexOf(`not_${name}\0`) + 4, value: values[name] ?? base, section: 1 }),
    ),
  ]);
  const headerBytes = is64 ? 64 : 52;
  const offsets = { data: headerBytes, symbols: headerBytes + data.length, names: 0, table: 0 };
  offsets.names = offsets.symbols + symbols.length;
  offsets.table = offsets.names + names.length;
  const section = (
    type: number,
    place: { address: bigint; offset: number; size: number; entry: number },
  ): Buffer =>
    Buffer.concat([
      put(4, 0n),
      put(4, BigInt(type)),
      put(wordBytes, 0n),
      put(wordBytes, place.address),
      put(wordBytes, BigInt(place.offset)),
      put(wordBytes, BigInt(place.size)),
      put(4, type === 2 ? 3n : 0n),
      put(4, 0n),
      put(wordBytes, 1n),
      put(wordBytes, BigInt(place.entry)),
    ]);
  const at = (offset: number, size: number, entry = 0, address = 0n) => ({ address, offset, size, entry });
  const sections = [
    section(0, at(0, 0)),
    section(1, at(offsets.data, data.length, 0, base)),
    ...(elf.isStripped === true ? [] : [section(2, at(offsets.symbols, symbols.length, is64 ? 24 : 16))]),
    section(3, at(offsets.names, names.length)),
  ];
  const header = fileHeader(elf, { table: offsets.table, count: sections.length });
  return Buffer.concat([header, data, symbols, Buffer.from(names), ...sections]);
}

function symbolOf(
  elf: TestElf,
  { name, value, section }: { readonly name: number; readonly value: bigint; readonly section: number },
): Buffer {
  const put = writer(elf);
  const kind = Buffer.from([0, 0]);
  const at = put(2, BigInt(section));
  return elf.wordBytes === 8
    ? Buffer.concat([put(4, BigInt(name)), kind, at, put(8, value), put(8, 0n)])
    : Buffer.concat([put(4, BigInt(name)), put(4, value), put(4, 0n), kind, at]);
}

function fileHeader(
  elf: TestElf,
  { table, count }: { readonly table: number; readonly count: number },
): Buffer {
  const put = writer(elf);
  const is64 = elf.wordBytes === 8;
  return Buffer.concat([
    Buffer.from([0x7f, 0x45, 0x4c, 0x46, is64 ? 2 : 1, elf.order === 'little' ? 1 : 2, 1]),
    Buffer.alloc(9),
    put(2, 2n),
    put(2, 0n),
    put(4, 1n),
    put(elf.wordBytes, 0n),
    put(elf.wordBytes, 0n),
    put(elf.wordBytes, BigInt(table)),
    put(4, 0n),
    put(2, is64 ? 64n : 52n),
    put(2, 0n),
    put(2, 0n),
    put(2, is64 ? 64n : 40n),
    put(2, BigInt(count)),
    put(2, 0n),
  ]);
}

function writer({ order }: TestElf): (width: 2 | 4 | 8, value: bigint) => Buffer {
  return (width, value) => {
    const bytes = Buffer.alloc(8);
    if (order === 'little') {
      bytes.writeBigUInt64LE(value);
      return bytes.subarray(0, width);
    }
    bytes.writeBigUInt64BE(value);
    return bytes.subarray(8 - width);
  };
}
