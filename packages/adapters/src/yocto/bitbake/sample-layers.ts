import { join, normalize } from 'node:path';
import { parseConfLines } from '../settings/conf-statements.ts';

export interface LayersPlace {
  /** Absolute path of the build folder: bitbake's TOPDIR. */
  readonly buildDirectory: string;
  /** Absolute path of the layer with the init script, which the sample calls ##OEROOT## or ##COREBASE##. */
  readonly initLayer: string;
}

/**
 * The layers that a `bblayers.conf` or its sample names, as absolute paths in its order, each once. A word with a
 * variable that is not known here stays as it is written.
 */
export function layersIn(text: string, place: LayersPlace): readonly string[] {
  const rendered = text.replaceAll(/##(?:OEROOT|COREBASE)##/g, () => place.initLayer);
  const variables = new Map<string, string>([['TOPDIR', place.buildDirectory]]);
  let layers: readonly string[] = [];
  for (const line of parseConfLines(rendered, 'bblayers.conf')) {
    if (line.kind === 'include') continue;
    const value = line.value.replaceAll(/\$\{(\w+)\}/g, (all, name: string) => variables.get(name) ?? all);
    if (!/^BBLAYERS(?:[:_](?:append|prepend|remove))?$/.test(line.name)) variables.set(line.name, value);
    else layers = changed(layers, { name: line.name, operator: line.operator, words: wordsOf(value) });
  }
  return [...new Set(layers.map((layer) => (layer.includes('$') ? layer : pathOf(layer, place))))];
}

interface Change {
  readonly name: string;
  readonly operator: string;
  readonly words: readonly string[];
}

function changed(layers: readonly string[], { name, operator, words }: Change): readonly string[] {
  if (/remove$/.test(name)) return layers.filter((layer) => !words.includes(layer));
  if (/append$/.test(name) || operator === '+=' || operator === '.=') return [...layers, ...words];
  if (/prepend$/.test(name) || operator === '=+' || operator === '=.') return [...words, ...layers];
  return operator.endsWith('?=') && layers.length > 0 ? layers : words;
}

function wordsOf(value: string): readonly string[] {
  return value.split(/\s+/).filter((word) => word !== '');
}

function pathOf(layer: string, { buildDirectory }: LayersPlace): string {
  const path = normalize(layer.startsWith('/') ? layer : join(buildDirectory, layer));
  return path.length > 1 ? path.replace(/\/$/, '') : path;
}
