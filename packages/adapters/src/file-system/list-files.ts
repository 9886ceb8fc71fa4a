import { join, posix } from 'node:path';
import { listEntries } from '../if-present.ts';
import { isTemporary } from './temporary-file.ts';

/** Names directly in the folder, sorted, without unpublished ones; none when the folder does not exist. */
export async function listNames(folder: string): Promise<readonly string[]> {
  const names = (await listEntries(folder)).map(({ name }) => name);
  return names.filter((name) => !isTemporary(name)).sort();
}

/** Posix paths, relative to `folder`, of everything below it that is no folder; sorted by code unit, without unpublished ones. */
export async function listFilesBelow(folder: string): Promise<readonly string[]> {
  return (await walk(folder, '')).sort();
}

async function walk(folder: string, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await listEntries(join(folder, prefix))) {
    if (isTemporary(entry.name)) continue;
    const path = posix.join(prefix, entry.name);
    if (entry.isDirectory()) found.push(...(await walk(folder, path)));
    else found.push(path);
  }
  return found;
}
