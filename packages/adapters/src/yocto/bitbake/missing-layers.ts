import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { badConfig } from '@osrel/core';
import { findText, isMissing } from '../../if-present.ts';
import type { Obstacle } from './obstacle.ts';

/** Of balena's recipes, some read files of this submodule. */
const SCRIPTS = 'balena-yocto-scripts';

/**
 * What of the needed folders is missing or empty. Of those inside a submodule that was never fetched, the submodule is
 * named once, with the command that fetches all of them; of the others, each folder.
 */
export async function findMissingLayers(
  root: string,
  needed: readonly string[],
): Promise<readonly Obstacle[]> {
  const submodules = await listSubmodules(root);
  const empty = await filterEmpty(root, submodules);
  const missing = await filterEmpty(
    root,
    needed.map((path) => relative(root, path)),
  );
  const of = (path: string): string | undefined =>
    empty.find((submodule) => path === submodule || path.startsWith(`${submodule}/`));
  const due = empty.filter(
    (submodule) => submodule === SCRIPTS || missing.some((path) => of(path) === submodule),
  );
  const others = missing.filter((path) => of(path) === undefined);
  return [
    ...(due.length === 0 ? [] : [submodulesMissing(due)]),
    ...(others.length === 0 ? [] : [layersMissing(others)]),
  ];
}

/** Paths of the repository's submodules, relative to the root, as .gitmodules has them. */
export async function listSubmodules(root: string): Promise<readonly string[]> {
  const text = (await findText(join(root, '.gitmodules'))) ?? '';
  return [...text.matchAll(/^\s*path\s*=\s*"?([^"\n]+?)"?\s*$/gm)].map(([, path = '']) => path).sort();
}

function submodulesMissing(paths: readonly string[]): Obstacle {
  const what = paths.length === 1 ? 'a submodule is' : 'submodules are';
  const error = badConfig('repository.submodule-missing', `${what} not fetched: ${paths.join(', ')}`, {
    hint: `git submodule update --init --recursive ${paths.join(' ')}`,
    problems: paths.map((path) => ({
      at: path,
      message: `the submodule ${path} is not fetched: its folder is empty`,
    })),
  });
  return { at: '.gitmodules', error };
}

function layersMissing(paths: readonly string[]): Obstacle {
  const error = badConfig(
    'build.layer-missing',
    `layers that bblayers.conf.sample names are missing: ${paths.join(', ')}`,
    {
      hint: 'correct the sample, or put the layer there',
      problems: paths.map((path) => ({ at: path, message: `the layer ${path} is missing or empty` })),
    },
  );
  return { at: 'bblayers.conf.sample', error };
}

async function filterEmpty(root: string, paths: readonly string[]): Promise<readonly string[]> {
  const judged = await Promise.all(paths.map((path) => isEmpty(join(root, path))));
  return paths.filter((_, index) => judged[index] === true);
}

/** Missing, or a folder with nothing in it: what git leaves of a submodule that was not fetched. */
async function isEmpty(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length === 0;
  } catch (error) {
    if (isMissing(error)) return true;
    throw error;
  }
}
