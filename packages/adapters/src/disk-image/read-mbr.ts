import { badUsage, type PartitionEntry } from '@osrel/core';
import { type OpenImage, readBytes } from './open-image.ts';

/** MBR and EBR addresses count sectors of this size, whatever the disk's own sector size is. */
export const MBR_SECTOR_BYTES = 512;

const TABLE_OFFSET = 446;
const ENTRY_BYTES = 16;
const ENTRY_COUNT = 4;
const EXTENDED_TYPES: readonly number[] = [0x05, 0x0f, 0x85];
const FIRST_LOGICAL_INDEX = 5;
const MAX_LOGICAL_PARTITIONS = 256;

/** One used (type is not 0) entry of an MBR or EBR sector. */
export interface MbrEntry {
  readonly type: number;
  readonly firstSector: number;
  readonly sectorCount: number;
}

/** The used entries of a 512-byte MBR or EBR sector, in slot order. */
export function listUsedEntries(sector: Buffer): readonly MbrEntry[] {
  return Array.from({ length: ENTRY_COUNT }, (_, slot) => TABLE_OFFSET + slot * ENTRY_BYTES)
    .map((offset) => ({
      type: sector.readUInt8(offset + 4),
      firstSector: sector.readUInt32LE(offset + 8),
      sectorCount: sector.readUInt32LE(offset + 12),
    }))
    .filter((entry) => entry.type !== 0);
}

/**
 * Primary partitions (index: position among the used entries) and logical ones (from 5 along the EBR chain); the
 * extended container itself is left out (balena-automation 7). Throws `image.ebr-loop`, `image.ebr-too-long`,
 * `image.ebr-beyond-end` and `image.mbr-invalid`.
 */
export async function readMbrPartitions(
  image: OpenImage,
  primary: readonly MbrEntry[],
): Promise<readonly PartitionEntry[]> {
  const partitions = primary.flatMap((entry, position) =>
    isExtended(entry) ? [] : [toPartition(entry, position + 1, 0)],
  );
  const containers = primary.filter(isExtended);
  if (containers.length > 1) {
    throw badUsage(
      'image.mbr-invalid',
      `${image.path}: the MBR has ${containers.length} extended partitions, only one is possible`,
    );
  }
  const container = containers[0];
  if (container === undefined) return partitions;
  return [...partitions, ...(await readLogicalPartitions(image, container.firstSector))];
}

async function readLogicalPartitions(
  image: OpenImage,
  containerSector: number,
): Promise<readonly PartitionEntry[]> {
  const partitions: PartitionEntry[] = [];
  const visited = new Set<number>();
  let ebrSector: number | undefined = containerSector;
  while (ebrSector !== undefined) {
    refuseEndlessChain(image, visited, ebrSector);
    visited.add(ebrSector);
    const entries = listUsedEntries(await readEbr(image, ebrSector));
    // An EBR without a partition still uses up its number, as in the reference.
    const index = FIRST_LOGICAL_INDEX + visited.size - 1;
    const logical = entries.filter((entry) => !isExtended(entry));
    if (logical.length > 1) {
      throw badUsage(
        'image.mbr-invalid',
        `${image.path}: the EBR at byte ${ebrSector * MBR_SECTOR_BYTES} lists ${logical.length} partitions, one is possible`,
      );
    }
    for (const entry of logical) partitions.push(toPartition(entry, index, ebrSector));
    const link = entries.find(isExtended);
    // Links count from the container, partitions from their own EBR.
    ebrSector = link === undefined ? undefined : containerSector + link.firstSector;
  }
  return partitions;
}

function refuseEndlessChain(image: OpenImage, visited: ReadonlySet<number>, ebrSector: number): void {
  const ebrByte = ebrSector * MBR_SECTOR_BYTES;
  if (visited.has(ebrSector)) {
    const index = FIRST_LOGICAL_INDEX + visited.size - 1;
    throw badUsage(
      'image.ebr-loop',
      `${image.path}: the EBR of partition ${index} links back to the EBR at byte ${ebrByte}`,
      { hint: 'the chain of logical partitions is damaged: build the image again' },
    );
  }
  if (visited.size === MAX_LOGICAL_PARTITIONS) {
    throw badUsage(
      'image.ebr-too-long',
      `${image.path}: more than ${MAX_LOGICAL_PARTITIONS} logical partitions; the next EBR is at byte ${ebrByte}`,
    );
  }
}

async function readEbr(image: OpenImage, ebrSector: number): Promise<Buffer> {
  const position = ebrSector * MBR_SECTOR_BYTES;
  if (position + MBR_SECTOR_BYTES > image.sizeBytes) {
    throw badUsage(
      'image.ebr-beyond-end',
      `${image.path}: the EBR at byte ${position} lies behind the end of the image of ${image.sizeBytes} bytes`,
      { hint: 'the image is cut short or its partition table is damaged: build it again' },
    );
  }
  return readBytes(image, position, MBR_SECTOR_BYTES);
}

const isExtended = (entry: MbrEntry): boolean => EXTENDED_TYPES.includes(entry.type);

const toPartition = (entry: MbrEntry, index: number, baseSector: number): PartitionEntry => ({
  index,
  type: `0x${entry.type.toString(16).padStart(2, '0')}`,
  firstByte: (baseSector + entry.firstSector) * MBR_SECTOR_BYTES,
  lengthBytes: entry.sectorCount * MBR_SECTOR_BYTES,
});
