import { createDiskImages } from '@osrel/adapters';
import type { DiskImages } from '@osrel/core';

/** Disk images of this machine; needs no repository. */
export function wireDiskImages(): DiskImages {
  return createDiskImages();
}
