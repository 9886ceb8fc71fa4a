import { badUsage } from '@osrel/core';
import { printAnswer, suggestNext } from '../answer.ts';
import type { CommandRun } from '../host.ts';
import { markOutcome } from '../text/outcome-mark.ts';
import { renderTable } from '../text/table.ts';

/** `osrel runs`: what ran here, newest first, refusals included. */
export const listRuns: CommandRun = async ({ settings, flags }, host) => {
  const limit = parseLimit(flags.findText('limit') ?? '20');
  const { runStore } = await host.openWorkspace(settings);
  const refusals = (await runStore.listRefusals()).map(({ runId, startedAt, target, command, error }) => {
    return {
      runId,
      startedAt,
      planId: null,
      target,
      environment: null,
      outcome: 'refused' as const,
      because: `${command}: ${error.message}`,
    };
  });
  const started = (await runStore.list())
    .filter((run) => run.outcome !== 'refused')
    .map((run) => ({ ...run, because: null }));
  const runs = [...started, ...refusals]
    .toSorted((a, b) => (a.startedAt > b.startedAt ? -1 : 1))
    .slice(0, limit);
  const rows = runs.map((run) => [
    run.runId,
    run.startedAt.slice(0, 19).replace('T', ' '),
    markOutcome(run.outcome, host.paint.stdout),
    `${run.target.machine ?? '?'} ${run.target.version ?? ''}`,
    run.environment ?? '',
  ]);
  printAnswer(host, settings, {
    text: () =>
      runs.length === 0
        ? 'nothing ran here yet'
        : renderTable(
            [
              { title: 'RUN' },
              { title: 'STARTED (UTC)' },
              { title: 'OUTCOME' },
              { title: 'RELEASE' },
              { title: 'ENVIRONMENT' },
            ],
            rows,
          ),
    document: () => ({ schemaVersion: 1, runs }),
  });
  const open = runs.find((run) => run.outcome === 'interrupted' || run.outcome === 'cancelled');
  const [newest] = runs;
  if (open !== undefined) suggestNext(host, settings, `osrel resume ${open.runId}`);
  else if (newest !== undefined) suggestNext(host, settings, `osrel why ${newest.runId}`);
  return 0;
};

function parseLimit(text: string): number {
  if (/^[1-9][0-9]{0,5}$/.test(text)) return Number(text);
  throw badUsage('usage.limit', `--limit needs a number from 1, and "${text}" is none`);
}
