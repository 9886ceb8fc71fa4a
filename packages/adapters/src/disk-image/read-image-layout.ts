import { badUsage, type ImageLayout } from '@osrel/core';
import type { OpenImage } from './open-image.ts';
import { readBytes } from './open-image.ts';
import { readGptPartitions } from './read-gpt.ts';
import { listUsedEntries, MBR_SECTOR_BYTES, readMbrPartitions } from './read-mbr.ts';

const GPT_PROTECTIVE_TYPE = 0xee;

/**
 * Reads the partition table. GPT when the first used MBR entry is protective (0xEE), else MBR; a table without
 * entries is `none` (balena-automation 7: the boot signature is not asked for). Partitions come in disk order.
 * Throws `image.truncated` below 512 bytes, and what the two table readers throw.
 */
export async function readImageLayout(image: OpenImage): Promise<ImageLayout> {
  if (image.sizeBytes < MBR_SECTOR_BYTES) {
    throw badUsage(
      'image.truncated',
      `${image.path} has ${image.sizeBytes} bytes; a disk image has at least ${MBR_SECTOR_BYTES}`,
      { hint: 'the file is cut short or is not a disk image: build it again' },
    );
  }
  const entries = listUsedEntries(await readBytes(image, 0, MBR_SECTOR_BYTES));
  const sizeBytes = image.sizeBytes;
  if (entries.length === 0) {
    return { table: 'none', sizeBytes, sectorSizeBytes: MBR_SECTOR_BYTES, partitions: [] };
  }
  if (entries[0]?.type === GPT_PROTECTIVE_TYPE) {
    const { sectorSizeBytes, partitions } = await readGptPartitions(image);
    return { table: 'gpt', sizeBytes, sectorSizeBytes, partitions: inDiskOrder(partitions) };
  }
  const partitions = await readMbrPartitions(image, entries);
  return { table: 'mbr', sizeBytes, sectorSizeBytes: MBR_SECTOR_BYTES, partitions: inDiskOrder(partitions) };
}

function inDiskOrder(partitions: ImageLayout['partitions']): ImageLayout['partitions'] {
  return [...partitions].sort(
    (a, b) => a.firstByte - b.firstByte || a.lengthBytes - b.lengthBytes || a.index - b.index,
  );
}
