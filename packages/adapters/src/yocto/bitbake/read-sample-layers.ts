import { join } from 'node:path';
import { findText } from '../../if-present.ts';
import type { TemplateChoice } from './choose-templates.ts';
import { type LayersPlace, layersIn } from './sample-layers.ts';

/** The layers that the chosen templates name, as absolute paths; none without templates. */
export async function readSampleLayers(
  templates: TemplateChoice,
  place: LayersPlace,
): Promise<readonly string[]> {
  if (templates.kind === 'none') return [];
  return layersIn((await findText(join(templates.folder, 'bblayers.conf.sample'))) ?? '', place);
}
