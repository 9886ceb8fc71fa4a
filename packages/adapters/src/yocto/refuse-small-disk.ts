import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { toolFailed } from '@osrel/core';
import { isMissing } from '../if-present.ts';

/** The next build from scratch may need a little more. */
const MARGIN = 1.1;
const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** Free bytes of the file system that holds the folder (absolute path), or will hold it. */
export async function freeBytesAt(folder: string): Promise<number> {
  for (let path = folder; ; path = dirname(path)) {
    try {
      const { bavail, bsize } = await statfs(path);
      return bavail * bsize;
    } catch (error) {
      if (!isMissing(error) || path === dirname(path)) throw error;
    }
  }
}

/**
 * Refuses a build from scratch that the disk cannot hold, by what the last one took on this machine; without an earlier
 * build nothing is known. Throws tool `build.disk-too-small` with both figures.
 */
export function refuseSmallDisk(
  folder: string,
  { freeBytes, earlierBytes }: { readonly freeBytes: number; readonly earlierBytes: number | null },
): void {
  if (earlierBytes === null || freeBytes >= earlierBytes * MARGIN) return;
  const [free, needed] = [freeBytes, earlierBytes * MARGIN].map(sizeText);
  throw toolFailed(
    'build.disk-too-small',
    `${folder} has ${free} free; the last build from scratch took so much that this one needs ${needed}`,
    {
      hint: 'free space there, set build.rm-work: true, or keep downloads and sstate on another disk',
      details: { folder, freeBytes, neededBytes: Math.ceil(earlierBytes * MARGIN) },
    },
  );
}

function sizeText(bytes: number): string {
  return bytes < GIB ? `${(bytes / MIB).toFixed(1)} MiB` : `${(bytes / GIB).toFixed(1)} GiB`;
}
