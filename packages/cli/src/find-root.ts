import { dirname, join } from 'node:path';
import { badUsage } from '@osrel/core';
import { pathExists } from './path-exists.ts';

/**
 * The repository root around a folder: the nearest folder upwards with `.git`, else with `osrel.yml` or `repo.yml`, else
 * the folder itself. Throws usage `directory.missing` when there is no such folder.
 */
export async function findRoot(directory: string): Promise<string> {
  if (!(await pathExists(directory))) {
    throw badUsage('directory.missing', `there is no folder ${directory}`, { hint: 'correct --cwd' });
  }
  const folders = foldersUpwards(directory);
  for (const marks of [['.git'], ['osrel.yml', 'repo.yml']]) {
    for (const folder of folders) {
      for (const mark of marks) if (await pathExists(join(folder, mark))) return folder;
    }
  }
  return directory;
}

function foldersUpwards(directory: string): readonly string[] {
  const parent = dirname(directory);
  return parent === directory ? [directory] : [directory, ...foldersUpwards(parent)];
}
