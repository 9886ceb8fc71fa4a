import type { Plan, RunReport } from '@osrel/core';
import type { CollectedSuite } from './collect-reports.ts';
import type { DescribedBuild } from './describe-builds.ts';
import { errorDocument } from './text/error-text.ts';

/** One finished run with the plan it followed. */
export interface FinishedRun {
  readonly plan: Plan;
  readonly report: RunReport;
}

/** The same with the suites that ran, or were to run, in it. */
export interface CollectedRun extends FinishedRun {
  readonly suites: readonly CollectedSuite[];
}

/** `--json` of a run (cli.md, JSON); `resume` is the command that goes on where it stopped. */
function runDocument({ plan, report }: FinishedRun) {
  return {
    schemaVersion: 1,
    runId: report.runId,
    planId: report.planId,
    outcome: report.outcome,
    target: plan.target,
    steps: report.steps.map(({ id, kind, stage, outcome, durationMs, receipt, because, error }) => ({
      id,
      kind,
      stage,
      outcome,
      durationMs,
      receipt: receipt ?? null,
      ...(because === null ? {} : { because }),
      ...(error === null ? {} : { error }),
    })),
    decisions: plan.decisions,
    ...(report.error === null ? {} : { error: errorDocument(report.error).error }),
    ...(report.outcome === 'done' ? {} : { resume: resumeCommand(report.runId) }),
  };
}

/** One run as it is, several in a list. */
export function runsDocument(runs: readonly FinishedRun[]): unknown {
  const [only] = runs;
  if (only !== undefined && runs.length === 1) return runDocument(only);
  return { schemaVersion: 1, runs: runs.map(runDocument) };
}

/** One plan as it is, several in a list; a file with either can be given to `osrel run --plan`. */
export function plansDocument(plans: readonly Plan[]): unknown {
  const [only] = plans;
  return only !== undefined && plans.length === 1
    ? namedFirst(only)
    : { schemaVersion: 1, plans: plans.map(namedFirst) };
}

/** Who reads the JSON looks for these first. */
function namedFirst({ schemaVersion, planId, ...rest }: Plan): Plan {
  return { schemaVersion, planId, ...rest };
}

/** A plan with what its build steps would run. */
export interface PreviewedPlan {
  readonly plan: Plan;
  readonly builds: readonly DescribedBuild[];
}

/** The same with `builds` in each plan; `osrel run --plan` takes that too. */
export function previewsDocument(previews: readonly PreviewedPlan[]): unknown {
  const plans = previews.map(({ plan, builds }) => ({ ...namedFirst(plan), builds }));
  const [only] = plans;
  return only !== undefined && plans.length === 1 ? only : { schemaVersion: 1, plans };
}

export function resumeCommand(runId: string): string {
  return `osrel resume ${runId}`;
}
