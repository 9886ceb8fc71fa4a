import { realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { badConfig, type Problem } from '@osrel/core';
import { findText, isMissing } from '../../if-present.ts';
import type { Obstacle } from './obstacle.ts';
import { type LayersPlace, layersIn } from './sample-layers.ts';
import { shownPath } from './shown-path.ts';

export interface ConfigurationPlace extends LayersPlace {
  readonly root: string;
  /** Absolute path of the chosen templates. */
  readonly templates: string;
}

/**
 * A build folder that an earlier build made from other templates. Nothing renews its bblayers.conf when the sample
 * changes (balena-automation 1.4): the build would go on with the old layers.
 */
export async function findStaleConfiguration(place: ConfigurationPlace): Promise<Obstacle | undefined> {
  const problems = [...(await compareLayers(place)), ...(await compareTemplates(place))];
  const [first] = problems;
  if (first === undefined) return undefined;
  const files = [...new Set(problems.map(({ at }) => at))];
  const error = badConfig('build.stale-layers', first.message, {
    hint: `rm ${files.join(' ')} (the next build makes them anew), or build with --fresh`,
    problems,
  });
  return { at: first.at, error };
}

async function compareLayers(place: ConfigurationPlace): Promise<readonly Problem[]> {
  const path = join(place.buildDirectory, 'conf/bblayers.conf');
  const existing = await findText(path);
  const sample = await findText(join(place.templates, 'bblayers.conf.sample'));
  if (existing === undefined || sample === undefined) return [];
  const wanted = layersIn(sample, place);
  const present = layersIn(existing, place);
  const show = (layers: readonly string[]): string =>
    layers.map((layer) => shownPath(layer, place.root)).join(', ');
  const missing = wanted.filter((layer) => !present.includes(layer));
  const extra = present.filter((layer) => !wanted.includes(layer));
  const differences = [
    ...(missing.length === 0 ? [] : [`lacks ${show(missing)}`]),
    ...(extra.length === 0 ? [] : [`has ${show(extra)}, which is not in the sample`]),
  ];
  if (differences.length === 0) return [];
  const at = shownPath(path, place.root);
  return [{ at, message: `${at} ${differences.join(' and ')}` }];
}

async function compareTemplates(place: ConfigurationPlace): Promise<readonly Problem[]> {
  const path = join(place.buildDirectory, 'conf/templateconf.cfg');
  const recorded = (await findText(path))?.trim();
  if (recorded === undefined || recorded === '') return [];
  // Old init scripts take the folder of this file, whatever TEMPLATECONF says, and look for it in their layer too.
  const candidates = [resolve(place.initLayer, recorded), resolve(place.buildDirectory, recorded)];
  const wanted = await realOrSame(place.templates);
  const real = await Promise.all(candidates.map(realOrSame));
  if (real.includes(wanted)) return [];
  const at = shownPath(path, place.root);
  return [
    { at, message: `${at} names the templates ${recorded}, not ${shownPath(place.templates, place.root)}` },
  ];
}

async function realOrSame(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (isMissing(error)) return path;
    throw error;
  }
}
