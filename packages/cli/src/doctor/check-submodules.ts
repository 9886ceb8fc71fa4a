import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Finding, missing, ok } from './finding.ts';
import { nameSome } from './name-some.ts';

/** Whether every submodule of the checkout was fetched; nothing where there are none. */
export async function checkSubmodules(root: string): Promise<readonly Finding[]> {
  const paths = await listSubmodules(root);
  if (paths.length === 0) return [];
  const empty: string[] = [];
  for (const path of paths) if (await isEmpty(join(root, path))) empty.push(path);
  if (empty.length === 0) return [ok('submodules', `${paths.length} fetched`)];
  return [
    missing(
      'submodules',
      `${empty.length} of ${paths.length} not fetched: ${nameSome(empty)}`,
      'git submodule update --init --recursive',
    ),
  ];
}

/** Paths of the submodules, fetched or not. */
export async function listSubmodules(root: string): Promise<readonly string[]> {
  const text = await findText(join(root, '.gitmodules'));
  return [...text.matchAll(/^\s*path\s*=\s*(.+?)\s*$/gm)].flatMap((match) => match[1] ?? []);
}

async function isEmpty(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length === 0;
  } catch {
    return true; // a folder that cannot be read helps no build
  }
}

async function findText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}
