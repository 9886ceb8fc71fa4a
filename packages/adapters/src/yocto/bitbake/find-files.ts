import { join } from 'node:path';
import { listEntries } from '../../if-present.ts';

/** Absolute paths of all files of this name below the folder, sorted; links are not followed. */
export async function findFiles(folder: string, name: string): Promise<readonly string[]> {
  const entries = await listEntries(folder);
  const found: string[] = entries.some((entry) => entry.name === name && !entry.isDirectory())
    ? [join(folder, name)]
    : [];
  for (const entry of entries) {
    if (entry.isDirectory() && entry.name !== '.git')
      found.push(...(await findFiles(join(folder, entry.name), name)));
  }
  return found.sort();
}
