import { renderConfigSchema } from '../../packages/core/src/config/config-schema.ts';
import { renderCommands } from './render-commands.ts';
import { renderConfiguration } from './render-configuration.ts';
import { renderErrors } from './render-errors.ts';
import { renderEvents } from './render-events.ts';
import { renderExitCodes } from './render-exit-codes.ts';
import { renderFiles } from './render-files.ts';
import { renderJson } from './render-json.ts';
import { renderPlanJson } from './render-plan-json.ts';
import { renderSteps } from './render-steps.ts';

/** A generated file. */
export interface Page {
  /** Path from the root of the checkout. */
  readonly path: string;
  readonly text: string;
}

/** Every generated file with its text; the same sources give the same bytes. Writes nothing. */
export function listPages(root: string): readonly Page[] {
  const reference = (name: string, text: string): Page => ({ path: `docs/reference/${name}.md`, text });
  return [
    reference('commands', renderCommands()),
    reference('configuration', renderConfiguration()),
    reference('errors', renderErrors(root)),
    reference('events', renderEvents()),
    reference('exit-codes', renderExitCodes(root)),
    reference('files', renderFiles()),
    reference('json', renderJson()),
    reference('plan-json', renderPlanJson()),
    reference('steps', renderSteps(root)),
    { path: 'schemas/osrel.schema.json', text: renderConfigSchema() },
  ];
}
