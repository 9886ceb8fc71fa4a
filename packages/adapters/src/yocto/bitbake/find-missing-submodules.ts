import { join } from 'node:path';
import { chooseInitLayer } from './choose-init-layer.ts';
import { chooseTemplates } from './choose-templates.ts';
import { findMissingLayers } from './missing-layers.ts';
import type { Obstacle } from './obstacle.ts';
import { readLayers } from './read-layers.ts';
import { readSampleLayers } from './read-sample-layers.ts';

export interface SubmodulesQuestion {
  /** Absolute path of the repository root. */
  readonly root: string;
  /** As `settings.templates`. */
  readonly templates: string | null;
  /** Absolute path of the build folder. */
  readonly buildDirectory: string;
}

/**
 * The submodules that a build by barys needs and that were never fetched: the scripts, the init layer and the layers
 * that the sample names. One that only other templates name is not missed. Throws config errors of `settings.templates`.
 */
export async function findMissingSubmodules(question: SubmodulesQuestion): Promise<readonly Obstacle[]> {
  const { root, buildDirectory } = question;
  const layers = await readLayers(root);
  const init = join(root, (await chooseInitLayer(root, layers)).folder);
  const chosen = await chooseTemplates({ root, wanted: question.templates, layers });
  const needed = await readSampleLayers(chosen, { buildDirectory, initLayer: init });
  const found = await findMissingLayers(root, [...needed, init]);
  // Where layers lie that are no submodules is barys' own business.
  return found.filter(({ error }) => error.code === 'repository.submodule-missing');
}
