import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { listEntries } from '../if-present.ts';

/**
 * Regular files below a folder, links followed, by path relative to it with `/`, with their size in bytes. `descends`
 * decides about folders, `takes` about files. A folder that does not exist holds nothing; what vanishes meanwhile is
 * left out.
 */
export async function listFilesBelow(
  folder: string,
  rules: { readonly takes: (name: string) => boolean; readonly descends: boolean },
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  const visit = async (prefix: string): Promise<void> => {
    for (const entry of await listEntries(join(folder, prefix))) {
      const name = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
      if (entry.isDirectory()) {
        if (rules.descends) await visit(name);
      } else if (rules.takes(entry.name)) {
        const status = await stat(join(folder, name)).catch(() => undefined); // a link into nowhere
        if (status?.isFile() === true) found.set(name, status.size);
      }
    }
  };
  await visit('');
  return found;
}
