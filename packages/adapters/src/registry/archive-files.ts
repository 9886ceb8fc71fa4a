import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArchiveTar } from '../archive-tar.ts';
import { isMissing } from '../if-present.ts';
import type { LayerRange } from '../layer-content.ts';

/** The files of an OCI layout, wherever they lie. */
export interface ArchiveFiles {
  /** Of the tar or the folder. */
  readonly place: string;
  readonly find: (name: string) => Promise<LayerRange | undefined>;
}

export function tarFiles(tar: ArchiveTar): ArchiveFiles {
  return {
    place: tar.file,
    find: async (name) => {
      const range = tar.find(name);
      return range === undefined ? undefined : { file: tar.file, range };
    },
  };
}

export function folderFiles(folder: string): ArchiveFiles {
  return {
    place: folder,
    find: async (name) => {
      const file = join(folder, name);
      try {
        return { file, range: { name, offset: 0, sizeBytes: (await stat(file)).size } };
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
  };
}
