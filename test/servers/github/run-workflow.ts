import { ACTIONS_APP, type GithubState } from './github-state.ts';

export interface WorkflowWish {
  readonly headSha: string;
  /** `raspberrypi5.yml`. */
  readonly file?: string;
  readonly event?: string;
  readonly attempt?: number;
  /** The check suite of an earlier attempt of the same run. */
  readonly suiteId?: number;
  /** Conclusion of each job by its name; null: it still runs; `queued`: it has not begun. */
  readonly jobs?: Readonly<Record<string, string | null>>;
  /** Of the whole run; left out: what its jobs make of it. */
  readonly conclusion?: string | null;
}

export interface StartedWorkflow {
  readonly runId: number;
  readonly suiteId: number;
  /** Ends the run and a job of it. */
  readonly finish: (job: string, conclusion: string) => void;
}

/** A workflow that GitHub Actions ran on a commit, with a check run for each of its jobs. */
export function runWorkflow(state: GithubState, wish: WorkflowWish): StartedWorkflow {
  const { headSha, file = 'ci.yml', event = 'pull_request', jobs = {}, attempt = 1 } = wish;
  const runId = state.nextId();
  const suiteId = wish.suiteId ?? state.nextId();
  const outcomes = Object.values(jobs);
  const isRunning = outcomes.some((each) => each === null || each === 'queued');
  const ended = outcomes.includes('failure') ? 'failure' : 'success';
  const conclusion = wish.conclusion === undefined ? (isRunning ? null : ended) : wish.conclusion;
  const startedAt = state.now();
  // Another attempt is the same run.
  const others = state.workflowRuns.filter((run) => run.suiteId !== suiteId);
  const run = { id: runId, headSha, file, event, attempt, suiteId, startedAt };
  const status = conclusion === null ? 'in_progress' : 'completed';
  state.workflowRuns.splice(0, Infinity, ...others, { ...run, status, conclusion });
  for (const [name, outcome] of Object.entries(jobs)) addCheck(state, { name, outcome, headSha, suiteId });
  return {
    runId,
    suiteId,
    finish: (job, outcome) => {
      change(state.workflowRuns, (each) => each.id === runId, { status: 'completed', conclusion: outcome });
      const found = change(state.checks, (each) => each.suiteId === suiteId && each.name === job, {
        status: 'completed',
        conclusion: outcome,
        completedAt: state.now(),
      });
      if (!found) addCheck(state, { name: job, outcome, headSha, suiteId });
    },
  };
}

function addCheck(
  state: GithubState,
  {
    name,
    outcome,
    headSha,
    suiteId,
  }: {
    readonly name: string;
    readonly outcome: string | null;
    readonly headSha: string;
    readonly suiteId: number;
  },
): void {
  const isQueued = outcome === 'queued';
  const isDone = outcome !== null && !isQueued;
  const status = isDone ? 'completed' : isQueued ? 'queued' : 'in_progress';
  state.checks.push({
    id: state.nextId(),
    headSha,
    name,
    externalId: null,
    status,
    conclusion: isDone ? outcome : null,
    startedAt: isQueued ? null : state.now(),
    completedAt: isDone ? state.now() : null,
    title: null,
    summary: null,
    appId: ACTIONS_APP,
    suiteId,
  });
}

function change<Row>(rows: Row[], isMeant: (row: Row) => boolean, to: Partial<Row>): boolean {
  const index = rows.findIndex(isMeant);
  const row = rows[index];
  if (row === undefined) return false;
  rows[index] = { ...row, ...to };
  return true;
}
