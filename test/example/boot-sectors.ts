import { writeFile } from 'node:fs/promises';

/** What a boot sector does after it has printed its text on the serial port. */
const ENDS = {
  // mov cx, 2; xor dx, dx; mov ah, 0x86; int 0x15: waits 0.13 s; jmp to the mov of the text
  again: [0xb9, 0x02, 0x00, 0x31, 0xd2, 0xb4, 0x86, 0xcd, 0x15, 0xeb, 0xe7],
  // cli; hlt; jmp to the hlt
  hang: [0xfa, 0xf4, 0xeb, 0xfd],
  // mov dx, 0xcf9; mov al, 6; out dx, al: the reset register of the chipset; jmp to itself
  reset: [0xba, 0xf9, 0x0c, 0xb0, 0x06, 0xee, 0xeb, 0xfe],
  // mov dx, 0x604; mov ax, 0x2000; out dx, ax: the power register of machine q35; jmp to itself
  off: [0xba, 0x04, 0x06, 0xb8, 0x00, 0x20, 0xef, 0xeb, 0xfe],
} as const;

export type BootSectorEnd = keyof typeof ENDS;

/**
 * Writes a disk whose boot sector prints a text on the serial port and then ends in one of four ways: a machine that
 * boots in a tenth of a second without a kernel.
 */
export async function writeBootSector(file: string, text: string, end: BootSectorEnd): Promise<void> {
  const print = [
    ...[0x31, 0xc0, 0x8e, 0xd8], // xor ax, ax; mov ds, ax
    ...[0xbe, 0, 0], // mov si, address of the text
    0xac, // next: lodsb
    ...[0x08, 0xc0, 0x74, 0x06], // or al, al; jz to the end
    ...[0xba, 0xf8, 0x03, 0xee, 0xeb, 0xf5], // mov dx, 0x3f8; out dx, al; jmp next
  ];
  const code = [...print, ...ENDS[end]];
  const address = 0x7c00 + code.length;
  code.splice(5, 2, address % 256, address >> 8);
  // SeaBIOS reads no disk that is smaller than a cylinder.
  const disk = Buffer.alloc(1024 * 1024);
  disk.set([...code, ...Buffer.from(text, 'latin1'), 0]);
  disk.writeUInt16LE(0xaa55, 510);
  await writeFile(file, disk);
}
