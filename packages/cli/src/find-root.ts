import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { badUsage } from '@osrel/core';

/**
 * The repository root around a folder: the nearest folder upwards with `.git`, else with `osrel.yml` or `repo.yml`, else
 * the folder itself. Throws usage `directory.missing` when there is no such folder.
 */
export async function findRoot(directory: string): Promise<string> {
  if (!(await exists(directory))) {
    throw badUsage('directory.missing', `there is no folder ${directory}`, { hint: 'correct --cwd' });
  }
  const folders = foldersUpwards(directory);
  for (const marks of [['.git'], ['osrel.yml', 'repo.yml']]) {
    for (const folder of folders) {
      for (const mark of marks) if (await exists(join(folder, mark))) return folder;
    }
  }
  return directory;
}

function foldersUpwards(directory: string): readonly string[] {
  const parent = dirname(directory);
  return parent === directory ? [directory] : [directory, ...foldersUpwards(parent)];
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false; // whatever keeps us from seeing it, it cannot be used
  }
}
