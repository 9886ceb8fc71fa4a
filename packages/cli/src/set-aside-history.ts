import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Damaged test histories that were set aside in this repository, by their paths below its root. */
export async function listSetAside(root: string): Promise<readonly string[]> {
  const folder = join('.osrel', 'history');
  const names = await readdir(join(root, folder)).catch(() => []);
  return names
    .filter((name) => name.includes('.sqlite.broken-'))
    .toSorted()
    .map((name) => join(folder, name));
}
