import { DEFECT_EXIT_CODE, type Plan } from '@osrel/core';
import { printAnswer, say, suggestNext } from './answer.ts';
import { exportReports } from './export-reports.ts';
import type { Host, Workspace } from './host.ts';
import { neutraliseCommands } from './reporters/workflow-command.ts';
import { type CollectedRun, type FinishedRun, resumeCommand, runsDocument } from './run-documents.ts';
import { runPlan } from './run-plan.ts';
import type { Settings } from './settings.ts';
import { exitCodeOf } from './text/error-text.ts';
import { renderRunSummary } from './text/run-summary.ts';

export interface RunPlansRequest {
  readonly plans: readonly Plan[];
  readonly workspace: Workspace;
  readonly host: Host;
  readonly settings: Settings;
  /** The command that comes next when all went well. */
  readonly next: string | null;
}

/**
 * Executes plans one after the other, prints the answer, and returns the exit code: the first failure's. A failure of
 * one machine does not keep another from its release; an interruption ends everything.
 */
export async function runPlans({ plans, workspace, host, settings, next }: RunPlansRequest): Promise<number> {
  const runs: CollectedRun[] = [];
  for (const plan of plans) {
    const run = await runPlan({ plan, workspace, host, settings });
    runs.push(run);
    if (settings.output === 'text') printSummary(run, host);
    if (run.report.outcome === 'cancelled') break;
  }
  return finishRuns(runs, { host, settings, next });
}

export interface FinishRequest {
  readonly host: Host;
  readonly settings: Settings;
  readonly next: string | null;
}

/** Prints JSON where asked for, exports reports, complains about failures, says what comes next; returns the exit code. */
export async function finishRuns(
  runs: readonly CollectedRun[],
  { host, settings, next }: FinishRequest,
): Promise<number> {
  if (settings.output === 'json')
    printAnswer(host, settings, { text: () => '', document: () => runsDocument(runs) });
  for (const { report } of runs) {
    if (report.error !== null && report.outcome === 'failed') host.complain(report.error);
    if (report.outcome === 'done') continue;
    say(
      host,
      settings,
      `${report.outcome === 'cancelled' ? 'stopped; ' : ''}go on with: ${resumeCommand(report.runId)}`,
    );
  }
  const exported = await exportSuites(runs, { host, settings });
  const codes = [...runs.map((run) => exitCodeOfRun(run, host)), exported].filter((code) => code !== 0);
  if (codes.length === 0 && next !== null) suggestNext(host, settings, next);
  return codes[0] ?? 0;
}

/** Where `--reports` asks for it. Returns the exit code: what was asked for and could not be written is a failure. */
async function exportSuites(
  runs: readonly CollectedRun[],
  { host, settings }: Pick<FinishRequest, 'host' | 'settings'>,
): Promise<number> {
  const suites = runs.flatMap((run) => run.suites);
  if (settings.reportsFolder === null || suites.length === 0) return 0;
  try {
    await exportReports(settings.reportsFolder, suites);
    return 0;
  } catch (error) {
    host.complain(error);
    return exitCodeOf(error);
  }
}

export function printSummary({ plan, report }: FinishedRun, host: Host): void {
  const summary = renderRunSummary(plan, report, host.paint.stdout);
  const isWatched = host.terminal.environment.GITHUB_ACTIONS === 'true';
  host.terminal.stdout.write(isWatched ? neutraliseCommands(summary) : summary);
}

function exitCodeOfRun({ report }: FinishedRun, host: Host): number {
  if (report.outcome === 'done') return 0;
  if (report.outcome === 'cancelled') return host.interruption.exitCode();
  return report.error === null ? DEFECT_EXIT_CODE : exitCodeOf(report.error);
}
