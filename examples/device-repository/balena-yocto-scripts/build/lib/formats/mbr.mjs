const SECTOR_BYTES = 512;
const EXTENDED_LBA = 0x0f;

/**
 * The sectors of an MBR disk: three primary partitions, then an extended one holding the rest as logical ones.
 * @param {{ signature: number, alignmentSectors: number,
 *   partitions: { type: number, sectors: number, bootable?: boolean }[] }} disk
 * @returns {{ pieces: { offset: number, bytes: Buffer }[], starts: number[], sectors: number }} starts in sectors
 */
export function layOutMbr({ signature, alignmentSectors, partitions }) {
  const primaries = partitions.slice(0, 3);
  const logicals = partitions.slice(3);
  const starts = [];
  let next = alignmentSectors;
  for (const { sectors } of primaries) {
    starts.push(next);
    next = alignUp(next + sectors, alignmentSectors);
  }
  const extendedStart = next;
  const bootRecords = logicals.map(({ sectors }) => {
    const record = { at: next, start: next + alignmentSectors, sectors };
    starts.push(record.start);
    next = alignUp(record.start + sectors, alignmentSectors);
    return record;
  });
  const entries = primaries.map((partition, index) => ({ ...partition, start: starts[index] }));
  if (logicals.length > 0) {
    entries.push({ type: EXTENDED_LBA, start: extendedStart, sectors: next - extendedStart });
  }
  const pieces = [
    { offset: 0, bytes: bootSector(signature, entries) },
    ...bootRecords.map((record, index) => ({
      offset: record.at * SECTOR_BYTES,
      bytes: extendedBootRecord(record, bootRecords[index + 1], {
        type: logicals[index].type,
        extendedStart,
      }),
    })),
  ];
  return { pieces, starts, sectors: next };
}

/** One sector with a partition table; also the protective sector of a GPT disk. */
export function bootSector(signature, entries) {
  const sector = Buffer.alloc(SECTOR_BYTES);
  sector.writeUInt32LE(signature >>> 0, 440);
  for (const [index, entry] of entries.entries()) writeEntry(sector, index, entry);
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

function extendedBootRecord(record, following, { type, extendedStart }) {
  const entries = [{ type, start: record.start - record.at, sectors: record.sectors }];
  if (following !== undefined) {
    // The link counts from the start of the extended partition, its length from the next record.
    const sectors = following.start + following.sectors - following.at;
    entries.push({ type: EXTENDED_LBA, start: following.at - extendedStart, sectors });
  }
  return bootSector(0, entries);
}

function writeEntry(sector, index, { type, start, sectors, bootable }) {
  const at = 446 + index * 16;
  sector[at] = bootable ? 0x80 : 0;
  // Beyond cylinder 1023 the old address has one fixed value; every reader of today uses the sector numbers.
  sector.set([0xfe, 0xff, 0xff], at + 1);
  sector[at + 4] = type;
  sector.set([0xfe, 0xff, 0xff], at + 5);
  sector.writeUInt32LE(start, at + 8);
  sector.writeUInt32LE(Math.min(sectors, 0xffffffff), at + 12);
}

export function alignUp(value, alignment) {
  return Math.ceil(value / alignment) * alignment;
}
