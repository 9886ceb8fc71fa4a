import { badConfig } from '@osrel/core';
import type { Obstacle } from './obstacle.ts';
import { deviceLayers, type Layer } from './read-layers.ts';

/** Releases that read the old override syntax only (balena-automation 1.8). */
const OLD_SERIES = ['pyro', 'rocko', 'sumo', 'thud', 'warrior', 'dunfell'];

/**
 * The obstacle of a repository whose device layer is for an old release while its meta-balena is written in the new
 * syntax: barys rewrites the submodule in place, osrel never changes a pinned one. A meta-balena that says it is for
 * that release has been converted already.
 */
export function findOldSyntax(layers: readonly Layer[]): Obstacle | undefined {
  if (!layers.some(({ folder }) => /^layers\/meta-balena\/meta-[^/]*-pyro$/.test(folder))) return undefined;
  const old = deviceLayers(layers).flatMap(({ folder, series }) =>
    series.filter((name) => OLD_SERIES.includes(name)).map((release) => ({ folder, release })),
  );
  const [first] = old;
  const common = layers.find(({ folder }) => folder === 'layers/meta-balena/meta-balena-common');
  if (first === undefined || common === undefined || common.series.includes(first.release)) return undefined;
  const error = badConfig(
    'build.old-syntax',
    `${first.folder} is for ${first.release}, which cannot read the override syntax of ${common.folder}`,
    {
      hint: 'build with the front end barys, which converts that submodule in place, or convert a copy of it and commit that',
    },
  );
  return { at: `${first.folder}/conf/layer.conf`, error };
}
