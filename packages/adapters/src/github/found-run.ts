import type { RunConclusion, RunStatus } from '@osrel/core';
import { isOwnName } from './check-names.ts';
import type { GithubCheckRun, GithubStatus, GithubWorkflowRun } from './github-schemas.ts';

/** A check run, a commit status or a whole workflow run, as far as verdicts look at it. */
export interface FoundRun {
  readonly kind: 'check' | 'status' | 'workflow';
  /** Name of the check, context of the status, file of the workflow. */
  readonly name: string;
  /** Grows with time within a kind. */
  readonly id: number;
  readonly app: number | null;
  readonly workflow: Workflow | null;
  readonly status: RunStatus;
  readonly conclusion: RunConclusion | null;
  readonly summary: string;
  /** ISO 8601; null where it has not begun. */
  readonly startedAt: string | null;
  readonly updatedAt: string;
}

export interface Workflow {
  readonly runId: number;
  /** `raspberrypi5.yml`. */
  readonly file: string;
  readonly event: string;
  readonly attempt: number | null;
}

const CONCLUSIONS: ReadonlyMap<string, RunConclusion> = new Map([
  ['success', 'success'],
  ['failure', 'failure'],
  ['error', 'failure'],
  ['cancelled', 'cancelled'],
  ['timed_out', 'timed-out'],
  ['skipped', 'skipped'],
  ['neutral', 'neutral'],
  ['action_required', 'action-required'],
  ['startup_failure', 'startup-failure'],
  ['stale', 'stale'],
]);

const NEVER = new Date(0).toISOString();

/** A check run; `workflows` are those of the same commit, found by the check suite. */
export function foundCheck(check: GithubCheckRun, workflows: readonly GithubWorkflowRun[]): FoundRun {
  const suite = check.check_suite?.id;
  const workflow = workflows.find((run) => suite !== undefined && run.check_suite_id === suite);
  return {
    kind: 'check',
    name: check.name,
    id: check.id,
    app: check.app?.id ?? null,
    workflow: workflow === undefined ? null : workflowOf(workflow),
    ...outcomeOf(check.status, check.conclusion),
    summary: check.output.title ?? '',
    startedAt: timeOf(check.started_at),
    updatedAt: timeOf(check.completed_at ?? check.started_at) ?? NEVER,
  };
}

export function foundStatus(status: GithubStatus): FoundRun {
  const isPending = status.state === 'pending';
  return {
    kind: 'status',
    name: status.context,
    id: status.id,
    app: null,
    workflow: null,
    ...outcomeOf(isPending ? 'in_progress' : 'completed', isPending ? null : status.state),
    summary: status.description ?? '',
    startedAt: timeOf(status.created_at),
    updatedAt: timeOf(status.updated_at) ?? NEVER,
  };
}

export function foundWorkflow(run: GithubWorkflowRun): FoundRun {
  const workflow = workflowOf(run);
  return {
    kind: 'workflow',
    name: workflow.file,
    id: run.id,
    app: null,
    workflow,
    ...outcomeOf(run.status ?? 'completed', run.conclusion),
    summary: '',
    startedAt: timeOf(run.run_started_at ?? run.created_at),
    updatedAt: timeOf(run.updated_at) ?? NEVER,
  };
}

/**
 * The newest attempt of each: an older failure of the same job does not outlive its repetition, and neither does an older
 * success. The same name in another workflow, or for another event, is another job; what osrel records is not, whoever
 * it records it as: GitHub puts a check run of a workflow's token with any workflow of that commit.
 */
export function newestOfEach(runs: readonly FoundRun[]): readonly FoundRun[] {
  const newest = new Map<string, FoundRun>();
  for (const run of runs) {
    const key = JSON.stringify(
      isOwnName(run.name)
        ? [run.name]
        : [run.kind, run.name, run.app, run.workflow?.file, run.workflow?.event],
    );
    const known = newest.get(key);
    if (known === undefined || isNewer(run, known)) newest.set(key, run);
  }
  return [...newest.values()];
}

function isNewer(run: FoundRun, known: FoundRun): boolean {
  if (run.startedAt === known.startedAt) return run.id > known.id;
  // What waits to begin is the newest of all.
  if (run.startedAt === null || known.startedAt === null) return run.startedAt === null;
  return run.startedAt > known.startedAt;
}

/** Closed: a word that GitHub does not have today is no success, and a status that it does not have is not the end. */
function outcomeOf(status: string, conclusion: string | null): Pick<FoundRun, 'status' | 'conclusion'> {
  if (status === 'completed') {
    return { status: 'completed', conclusion: CONCLUSIONS.get(conclusion ?? '') ?? 'other' };
  }
  return { status: status === 'in_progress' ? 'running' : 'queued', conclusion: null };
}

/** `.github/workflows/raspberrypi5.yml`, with `@ref` behind it for some events. */
function workflowOf(run: GithubWorkflowRun): Workflow {
  const file = run.path.split('@')[0]?.split('/').at(-1) ?? run.path;
  return { runId: run.id, file, event: run.event, attempt: run.run_attempt ?? null };
}

/** GitHub leaves the milliseconds out; with them, times compare as text. */
function timeOf(written: string | null): string | null {
  return written === null ? null : new Date(written).toISOString();
}
