import type { OverrideSyntax } from '../settings/assignment.ts';
import { type BitbakeVersion, findRepositoryBitbake } from '../settings/bitbake-version.ts';
import { overrideSyntaxOf } from '../settings/override-syntax.ts';
import { deviceLayers, type Layer, readLayers } from './read-layers.ts';

/** How the layers of the repository (absolute path of its root) write overrides. */
export async function findOverrideSyntax(root: string): Promise<OverrideSyntax> {
  return overrideSyntaxIn(await readLayers(root), await findRepositoryBitbake(root));
}

/** Told by the device layers; a repository without one is judged by its bitbake. */
export function overrideSyntaxIn(
  layers: readonly Layer[],
  version: BitbakeVersion | undefined,
): OverrideSyntax {
  const series = deviceLayers(layers).flatMap((layer) => layer.series);
  if (series.length > 0 || version === undefined) return overrideSyntaxOf(series);
  // Since 1.52 (honister) a colon separates overrides.
  return version.major < 2 && version.minor < 52 ? 'underscore' : 'colon';
}
