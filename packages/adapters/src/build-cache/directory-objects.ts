import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { CacheObjects } from './cache-objects.ts';
import { listFilesBelow } from './list-files-below.ts';
import { placeWholeFile } from './place-whole-file.ts';

/** A cache in a folder of this machine or of a network file system. `root` is absolute. */
export function createDirectoryObjects(root: string): CacheObjects {
  return {
    place: root,
    list: (prefix) =>
      listFilesBelow(join(root, prefix), { takes: (name) => !name.endsWith('.tmp'), descends: true }),
    fetch: (name, path, signal) => placeWholeFile(path, createReadStream(join(root, name)), signal),
    store: (name, path, signal) => placeWholeFile(join(root, name), createReadStream(path), signal),
  };
}
