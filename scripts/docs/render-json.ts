import { JSON_DOCUMENTS, type JsonDocument } from './json-documents.ts';
import { code, page, table } from './markdown.ts';

/** What each command prints with `--json`. */
export function renderJson(): string {
  return page(
    'JSON',
    '`--json` prints the answer as one JSON document on stdout, `--output jsonl` as one line; a run prints every [event](#run-events) as a line instead. `schemaVersion` grows when a key changes its meaning or goes away; new keys may come at any time.',
    ...JSON_DOCUMENTS.map(renderDocument),
    '## A failure',
    'Any command that fails before it has an answer. The same is on stderr for people.',
    table(
      ['key', 'meaning'],
      [
        [code('schemaVersion'), '1'],
        [code('error.code'), 'see [errors](errors.md)'],
        [code('error.message'), 'what, where, which value'],
        [code('error.hint'), 'the next move, or null'],
        [code('error.exitCode'), 'see [exit codes](exit-codes.md)'],
        [code('error.details'), 'further facts; `problems` is a list of at and message'],
      ],
    ),
    '## Run events',
    '`--events FILE` keeps them as JSON lines, beside whatever reporter is at work. Every event has `type`, `at` (ISO 8601, UTC) and `runId`; events about a step have `stepId`.',
    table(
      ['type', 'further keys'],
      [
        ['run-started', '`plan`, `resumed`'],
        ['step-started', '`attempt`'],
        ['step-log', '`line`'],
        ['step-progress', '`done`, `total` (or null), `unit` (`bytes`, `files` or `tasks`)'],
        ['step-retrying', '`attempt`, `delayMs`, `error`'],
        ['step-finished', '`outcome`, `durationMs`, `fromJournal`, `because`, `error`, `receipt`'],
        ['heartbeat', '`running` (step ids), `elapsedMs`'],
        ['cancelling', '`because`'],
        ['run-finished', '`outcome`, `durationMs`, `decisions`, `error`'],
      ].map(([type = '', keys = '']) => [code(type), keys]),
    ),
  );
}

function renderDocument({ title, commands, says, keys }: JsonDocument): string {
  const by = `Printed by ${commands.map((command) => code(`osrel ${command}`)).join(', ')}. ${says}`;
  const rows = keys.map(([path, meaning]) => [code(path), meaning]);
  return [`## ${title}`, by, table(['key', 'meaning'], rows)].filter((part) => part !== '').join('\n\n');
}
