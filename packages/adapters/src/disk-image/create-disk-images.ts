import { open } from 'node:fs/promises';
import type { DiskImages } from '@osrel/core';
import { findPreparedImage } from './find-prepared-image.ts';
import { openImage } from './open-image.ts';
import { prepareImage } from './prepare-image.ts';
import { readImageLayout } from './read-image-layout.ts';
import type { OpenForWriting } from './staged-output.ts';
import { verifyImage } from './verify-image.ts';

export interface DiskImagesOptions {
  /** Makes an empty output file; the default opens `path` on the local file system. */
  readonly openForWriting?: OpenForWriting;
}

/** Disk images on the local file system. */
export function createDiskImages(options: DiskImagesOptions = {}): DiskImages {
  const openForWriting = options.openForWriting ?? ((path) => open(path, 'w'));
  return {
    prepare: (request) => prepareImage(request, openForWriting),
    findPrepared: findPreparedImage,
    verify: verifyImage,
    inspect: async (path) => {
      const image = await openImage(path);
      try {
        return await readImageLayout(image);
      } finally {
        await image.close();
      }
    },
  };
}
