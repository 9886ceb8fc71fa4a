/** A guest of a few bytes that prints one letter on the serial port and switches its machine off. */
export interface TinyGuest {
  readonly bytes: Buffer;
  /** Words that start it; FILE stands for the path of its bytes. */
  readonly words: readonly string[];
  /** How QEMU ends when the guest came to its end. */
  readonly exitCode: number;
}

/** What it prints. */
export const TINY_GUEST_SAYS = 'K';

export const GUEST_FILE = 'FILE';

/** The guest for a host, as Node names its architecture; undefined for one without. */
export function findTinyGuest(hostArchitecture: string): TinyGuest | undefined {
  if (hostArchitecture === 'x64') return BOOT_SECTOR;
  return hostArchitecture === 'arm64' ? ARM_CODE : undefined;
}

/** Written to the debug-exit port: QEMU ends with twice that and one. */
const EXIT_VALUE = 0x10;

const BOOT_SECTOR: TinyGuest = {
  bytes: bootSector([
    ...[0xba, 0xf8, 0x03], // mov dx, 0x3f8: the first serial port
    ...[0xb0, TINY_GUEST_SAYS.charCodeAt(0)], // mov al, 'K'
    0xee, // out dx, al
    ...[0xba, 0xf4, 0x00], // mov dx, 0xf4: the debug-exit port
    ...[0xb0, EXIT_VALUE], // mov al, EXIT_VALUE
    0xee, // out dx, al
    0xf4, // hlt
    ...[0xeb, 0xfd], // jmp to the hlt
  ]),
  words: [
    ...['-machine', 'q35', '-device', 'isa-debug-exit,iobase=0xf4,iosize=0x04'],
    ...['-drive', `if=ide,format=raw,snapshot=on,file=${GUEST_FILE}`],
  ],
  exitCode: EXIT_VALUE * 2 + 1,
};

/** A disk of one boot sector; SeaBIOS reads none that is smaller than a cylinder. */
function bootSector(code: readonly number[]): Buffer {
  const disk = Buffer.alloc(1024 * 1024);
  disk.set(code);
  disk.writeUInt16LE(0xaa55, 510);
  return disk;
}

/** Words of A64 code, started as a kernel; it ends by asking the power controller (PSCI SYSTEM_OFF, ARM DEN 0022). */
const ARM_CODE: TinyGuest = {
  bytes: littleEndian([
    0xd2a12001, // movz x1, #0x0900, lsl #16: the serial port of machine "virt"
    0x52800000 | (TINY_GUEST_SAYS.charCodeAt(0) << 5) | 2, // movz w2, 'K'
    0xb9000022, // str w2, [x1]
    0x52800100, // movz w0, #0x0008
    0x72b08000, // movk w0, #0x8400, lsl #16: 0x84000008
    0xd4000002, // hvc #0
    0x14000000, // b .
  ]),
  words: ['-machine', 'virt', '-kernel', GUEST_FILE],
  exitCode: 0,
};

function littleEndian(words: readonly number[]): Buffer {
  const bytes = Buffer.alloc(words.length * 4);
  for (const [index, word] of words.entries()) bytes.writeUInt32LE(word >>> 0, index * 4);
  return bytes;
}
