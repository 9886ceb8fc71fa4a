import { badUsage, type RunSummary } from '@osrel/core';
import { printAnswer } from '../answer.ts';
import type { CommandRun, Host, Invocation, Workspace } from '../host.ts';
import { runPlan } from '../run-plan.ts';
import { finishRuns, printSummary } from '../run-plans.ts';
import type { Settings } from '../settings.ts';
import { runIdOf } from './logs.ts';

/** `osrel resume [RUN]`: the same plan, only what is not finished. */
export const resumeRun: CommandRun = async (invocation, host) => {
  const { settings } = invocation;
  const [asked] = invocation.arguments;
  const look = await host.openWorkspace(settings);
  const runId = asked === undefined ? chooseRun(await look.runStore.list()) : await runIdOf(asked, look);
  if (runId === undefined) return sayNothingToResume(invocation, host);
  const record = await look.runStore.open(runId);
  const workspace = await workspaceOf(record.plan.environment, { look, host, settings });
  const run = await runPlan({ plan: record.plan, workspace, host, settings, record });
  if (settings.output === 'text') printSummary(run, host);
  return finishRuns([run], { host, settings, next: 'osrel status' });
};

/**
 * The only run that can go on; undefined when there is none. An interrupted run that a newer run of the same release
 * has overtaken is history. Throws usage `run.several` with the candidates.
 */
function chooseRun(runs: readonly RunSummary[]): string | undefined {
  const open = runs.filter(
    (run, index) => isOpen(run) && !runs.slice(0, index).some((newer) => isSameRelease(newer, run)),
  );
  const [candidate, ...others] = open;
  if (others.length === 0) return candidate?.runId;
  throw badUsage('run.several', `${open.length} runs were interrupted; name the one to resume`, {
    hint: `osrel resume ${candidate?.runId ?? 'RUN'}`,
    problems: open.map((run) => ({
      at: run.runId,
      message: `${run.target.machine} ${run.target.version} on ${run.environment}`,
    })),
  });
}

function isOpen(run: RunSummary): boolean {
  return run.outcome === 'interrupted' || run.outcome === 'cancelled';
}

function isSameRelease(one: RunSummary, other: RunSummary): boolean {
  return (
    one.environment === other.environment &&
    one.target.slug === other.target.slug &&
    one.target.version === other.target.version
  );
}

/** Nothing to do is no failure: a script may resume without knowing whether there is anything. */
async function sayNothingToResume({ settings }: Invocation, host: Host): Promise<number> {
  printAnswer(host, settings, {
    text: () =>
      'nothing to resume: no run was interrupted here (a failed run is resumed by name: osrel runs)',
    document: () => ({
      schemaVersion: 1,
      runId: null,
      planId: null,
      outcome: 'done',
      steps: [],
      decisions: [],
    }),
  });
  return 0;
}

async function workspaceOf(
  environment: string,
  { look, host, settings }: { readonly look: Workspace; readonly host: Host; readonly settings: Settings },
): Promise<Workspace> {
  return look.environment === environment ? look : host.openWorkspace(settings, environment);
}
