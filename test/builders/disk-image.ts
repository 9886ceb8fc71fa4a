const SECTOR = 512;

/** A disk image with an MBR and two primary partitions of real, different content. */
export function diskImage(text: string): Buffer {
  const image = Buffer.alloc(96 * SECTOR);
  writeEntry(image, 0, { type: 0x0c, start: 16, sectors: 32 });
  writeEntry(image, 1, { type: 0x83, start: 48, sectors: 32 });
  image.writeUInt16LE(0xaa55, 510);
  image.fill(`boot of ${text}\n`, 16 * SECTOR, 48 * SECTOR);
  image.fill(`root of ${text}\n`, 48 * SECTOR, 80 * SECTOR);
  return image;
}

function writeEntry(
  image: Buffer,
  index: number,
  entry: { readonly type: number; readonly start: number; readonly sectors: number },
): void {
  const at = 446 + 16 * index;
  image.writeUInt8(entry.type, at + 4);
  image.writeUInt32LE(entry.start, at + 8);
  image.writeUInt32LE(entry.sectors, at + 12);
}
