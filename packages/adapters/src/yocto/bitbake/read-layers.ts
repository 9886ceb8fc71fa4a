import { join } from 'node:path';
import { findText, listEntries } from '../../if-present.ts';

/** What a layer says of itself in `conf/layer.conf`. */
export interface Layer {
  /** Relative to the repository root: `layers/meta-balena-raspberrypi`. */
  readonly folder: string;
  /** The first `BBFILE_PRIORITY_<name> = "<n>"`; null without one. */
  readonly priority: number | null;
  /** Every word of its `LAYERSERIES_COMPAT` lines, in lower case. */
  readonly series: readonly string[];
}

/** Layers lie at most this deep below `layers/`: `layers/meta-openembedded/meta-oe`. */
const DEPTH = 3;
const NO_LAYERS = /^(?:\.git|conf|classes.*|recipes-.*|lib|files|scripts|documentation)$/;

/** The layers below `layers/` of the repository, sorted by folder; none when there is no such folder. */
export async function readLayers(root: string): Promise<readonly Layer[]> {
  const folders = await findLayerFolders(root, 'layers', DEPTH);
  const layers = await Promise.all(folders.map((folder) => readLayer(root, folder)));
  return layers.sort((one, other) => (one.folder < other.folder ? -1 : 1));
}

/** The integration layers of balena device repositories, which choose templates and release. */
export function deviceLayers(layers: readonly Layer[]): readonly Layer[] {
  return layers.filter(({ folder }) => /^layers\/meta-balena-[^/]*$/.test(folder));
}

async function findLayerFolders(root: string, folder: string, depth: number): Promise<string[]> {
  const entries = await listEntries(join(root, folder));
  const below = await Promise.all(
    entries
      .filter((entry) => depth > 0 && entry.isDirectory() && !NO_LAYERS.test(entry.name))
      .map((entry) => findLayerFolders(root, `${folder}/${entry.name}`, depth - 1)),
  );
  const own = entries.some(({ name }) => name === 'conf') ? [folder] : [];
  return [...own, ...below.flat()];
}

async function readLayer(root: string, folder: string): Promise<Layer> {
  const text = (await findText(join(root, folder, 'conf/layer.conf'))) ?? '';
  const priority = /BBFILE_PRIORITY[^\n]*=[^\n]*"([0-9]+)"/.exec(text)?.[1];
  const compat = [...text.matchAll(/^[^#\n]*LAYERSERIES_COMPAT[^=\n]*=\s*"([^"]*)"/gm)];
  return {
    folder,
    priority: priority === undefined ? null : Number(priority),
    series: compat
      .flatMap(([, names = '']) => names.toLowerCase().split(/[\s\\]+/))
      .filter((name) => name !== ''),
  };
}
