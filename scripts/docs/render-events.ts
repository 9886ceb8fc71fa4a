import { EVENT_ACTIONS, EVENT_NAMES } from '../../packages/core/src/config/config.ts';
import { DEFAULT_EVENTS } from '../../packages/core/src/config/default-config.ts';
import { DEFAULT_MATRIX } from '../../packages/core/src/config/default-tests.ts';
import { code, page, table } from './markdown.ts';

const MEANINGS = {
  'pull-request': 'a pull request was opened or changed',
  tag: 'a version tag was pushed',
  'esr-tag': 'a tag with an ESR version was pushed',
  manual: 'a person started the pipeline',
  branch: 'a branch was pushed',
  schedule: 'a timer started the pipeline',
} as const satisfies Record<(typeof EVENT_NAMES)[number], string>;

/** What `osrel auto` does for each event when osrel.yml says nothing. */
export function renderEvents(): string {
  return page(
    'Events',
    'What `osrel auto` does for each event. A cell is changed under `events:` in `osrel.yml` ([configuration](configuration.md)); the plan says which cell came from where. `osrel release` does what a new tag does.',
    table(
      ['', ...EVENT_NAMES],
      EVENT_ACTIONS.map((action) => [
        code(action),
        ...EVENT_NAMES.map((event) => DEFAULT_EVENTS[event][action]),
      ]),
    ),
    `\`as-asked\`: only when the person who started the pipeline said so. The suites of \`run-tests\` are those of \`tests.matrix\`: ${DEFAULT_MATRIX.map((entry) => code(entry.id)).join(', ')} when it is not written.`,
    EVENT_NAMES.map((event) => `- ${code(event)}: ${MEANINGS[event]}`).join('\n'),
    [
      'Rules that no cell can change:',
      '',
      "- A fork's pull request deploys nothing and never runs beside deploy credentials.",
      '- `finalize-hostapp: yes` finalizes when the evidence allows it; without evidence the release stays a draft.',
      '- `deploy-esr: yes` moves ESR tags only for a final release of an ESR version.',
      '- An event that osrel does not know is refused, not guessed.',
    ].join('\n'),
  );
}
