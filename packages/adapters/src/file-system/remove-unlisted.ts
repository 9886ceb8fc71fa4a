import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { listFilesBelow } from './list-files.ts';
import { removeStaleTemporaries } from './temporary-file.ts';

/** Removes files that are not listed, what crashed processes left, and then empty folders. */
export async function removeUnlisted(directory: string, listed: ReadonlySet<string>): Promise<void> {
  for (const name of await listFilesBelow(directory)) {
    if (!listed.has(name)) await rm(join(directory, name), { force: true });
  }
  await sweepFolder(directory);
}

async function sweepFolder(folder: string): Promise<void> {
  await removeStaleTemporaries(folder);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const path = join(folder, entry.name);
    await sweepFolder(path);
    if ((await readdir(path)).length === 0) await rmdir(path);
  }
}
