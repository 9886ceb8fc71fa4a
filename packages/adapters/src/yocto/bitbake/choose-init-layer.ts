import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../../if-present.ts';
import { deviceLayers, type Layer } from './read-layers.ts';

export const INIT_SCRIPT = 'oe-init-build-env';

export interface InitLayer {
  /** Relative to the repository root: `layers/poky`. */
  readonly folder: string;
  readonly because: string;
  /** False when its init script is not there. */
  readonly isPresent: boolean;
}

/** Where other repositories keep the layer that has the init script. */
const ELSEWHERE = ['layers/openembedded-core', 'poky', 'openembedded-core', 'sources/poky'];

/**
 * The layer whose `oe-init-build-env` makes the build folder (balena-automation 1.7): poky, or openembedded-core where a
 * device layer is for wrynose. A repository of another kind may have it elsewhere.
 */
export async function chooseInitLayer(root: string, layers: readonly Layer[]): Promise<InitLayer> {
  const newest = deviceLayers(layers).find(({ series }) => series.some((name) => name.includes('wrynose')));
  const usual: Omit<InitLayer, 'isPresent'> =
    newest === undefined
      ? { folder: 'layers/poky', because: 'no device layer is for wrynose' }
      : { folder: 'layers/openembedded-core', because: `${newest.folder} is for wrynose` };
  if (await hasInitScript(root, usual.folder)) return { ...usual, isPresent: true };
  if (newest === undefined && deviceLayers(layers).length === 0) {
    for (const folder of ELSEWHERE) {
      if (await hasInitScript(root, folder))
        return { folder, because: `it has ${INIT_SCRIPT}`, isPresent: true };
    }
  }
  return { ...usual, isPresent: false };
}

async function hasInitScript(root: string, folder: string): Promise<boolean> {
  try {
    return (await stat(join(root, folder, INIT_SCRIPT))).isFile();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
