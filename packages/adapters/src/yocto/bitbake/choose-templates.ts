import { stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { badConfig } from '@osrel/core';
import { isMissing, listEntries } from '../../if-present.ts';
import { findFiles } from './find-files.ts';
import type { Obstacle } from './obstacle.ts';
import type { Layer } from './read-layers.ts';

const SAMPLE = 'bblayers.conf.sample';

export type TemplateChoice =
  | { readonly kind: 'chosen' /** Absolute. */; readonly folder: string; readonly because: string }
  | { readonly kind: 'none'; readonly obstacle: Obstacle };

export interface TemplateSearch {
  /** Absolute path of the repository root. */
  readonly root: string;
  /** `build.templates`: absolute, or `layers/...`; null: the layer of highest priority. */
  readonly wanted: string | null;
  readonly layers: readonly Layer[];
}

/**
 * The folder of `bblayers.conf.sample` and `local.conf.sample`, and why this one (balena-automation 1.6). A folder
 * `default` in it is taken instead, as releases from scarthgap on have it. Throws config `build.templates-malformed`
 * for a wish that is neither absolute nor below `layers/`.
 */
export async function chooseTemplates(search: TemplateSearch): Promise<TemplateChoice> {
  const choice =
    search.wanted === null ? await chooseByPriority(search) : await takeWanted(search.wanted, search.root);
  if (choice.kind === 'none') return choice;
  const inner = join(choice.folder, 'default');
  return (await isFolder(inner)) ? { ...choice, folder: inner } : choice;
}

async function takeWanted(wanted: string, root: string): Promise<TemplateChoice> {
  if (!isAbsolute(wanted) && !/^layers(?:\/(?!\.\.(?:\/|$))[^/]*)*$/.test(wanted)) {
    throw badConfig('build.templates-malformed', `build.templates is ${JSON.stringify(wanted)}`, {
      hint: 'an absolute path, or one that begins with layers/, such as layers/meta-custom/conf/samples/mine',
    });
  }
  const folder = isAbsolute(wanted) ? wanted : join(root, wanted);
  const found = (await hasSample(folder)) ? [folder] : (await findFiles(folder, SAMPLE)).map(dirname);
  const because = `named by build.templates (${wanted})`;
  const [only] = outermost(found);
  if (only !== undefined && outermost(found).length === 1) return { kind: 'chosen', folder: only, because };
  return { kind: 'none', obstacle: only === undefined ? templatesMissing(wanted) : ambiguous(found, root) };
}

async function chooseByPriority({ root, layers }: TemplateSearch): Promise<TemplateChoice> {
  const found = outermost(await listCandidates(root));
  const [only] = found;
  if (only === undefined) return { kind: 'none', obstacle: noTemplates() };
  if (found.length === 1) {
    return { kind: 'chosen', folder: only, because: 'the only templates of the repository' };
  }
  // The first of the highest, in the order of the folders' names.
  const ranked = layers
    .filter(({ folder }) => /(?:^|\/)meta-balena-[^/]*(?:\/|$)/.test(folder))
    .flatMap((layer) => {
      const folder = templatesOf(layer, found, root);
      return layer.priority === null || folder === undefined ? [] : [{ folder, priority: layer.priority }];
    })
    .sort((one, other) => other.priority - one.priority);
  const [best] = ranked;
  if (best === undefined) return { kind: 'none', obstacle: ambiguous(found, root) };
  return { kind: 'chosen', folder: best.folder, because: `highest BBFILE_PRIORITY ${best.priority}` };
}

/** Every folder with templates in `layers/meta-balena*`, meta-balena itself included. */
async function listCandidates(root: string): Promise<readonly string[]> {
  const layers = join(root, 'layers');
  const names = (await listNames(layers)).filter((name) => name.startsWith('meta-balena')).sort();
  const found = await Promise.all(names.map((name) => findFiles(join(layers, name), SAMPLE)));
  return found.flat().map(dirname);
}

/** The layer's own templates, not those it keeps for single machines. */
function templatesOf({ folder }: Layer, found: readonly string[], root: string): string | undefined {
  const places = ['conf/samples', 'conf/samples/default', 'conf/templates/default', 'conf/templates'];
  return places.map((place) => join(root, folder, place)).find((place) => found.includes(place));
}

/** `x` stands for `x` and `x/default`, which are one choice. */
function outermost(folders: readonly string[]): readonly string[] {
  return folders.filter((folder) => !(folder.endsWith('/default') && folders.includes(dirname(folder))));
}

function templatesMissing(wanted: string): Obstacle {
  const error = badConfig('build.templates-missing', `there is no ${SAMPLE} in ${wanted}, nor below it`, {
    hint: 'correct build.templates, or leave it out: osrel then takes those of the device layer',
  });
  return { at: wanted, error };
}

function noTemplates(): Obstacle {
  const error = badConfig('build.no-templates', `there is no ${SAMPLE} below layers/meta-balena*`, {
    hint: 'git submodule update --init --recursive, or name their folder in build.templates',
  });
  return { at: 'layers', error };
}

function ambiguous(found: readonly string[], root: string): Obstacle {
  const names = found.map((folder) => relative(root, folder));
  const error = badConfig('build.templates-ambiguous', `templates to choose from: ${names.join(', ')}`, {
    hint: 'name one of these folders in build.templates',
  });
  return { at: 'build.templates', error };
}

async function hasSample(folder: string): Promise<boolean> {
  const names = [...(await listNames(folder)), ...(await listNames(join(folder, 'default')))];
  return names.includes(SAMPLE);
}

async function listNames(folder: string): Promise<readonly string[]> {
  return (await listEntries(folder)).map(({ name }) => name);
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
