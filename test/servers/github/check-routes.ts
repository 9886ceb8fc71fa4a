import {
  type ApiAnswer,
  type ApiRequest,
  type Handler,
  invalid,
  NOT_FOUND,
  pageOf,
  refusal,
} from './api-answer.ts';
import { described } from './api-description.ts';
import type { GithubState, StoredCheck, StoredStatus, StoredWorkflowRun } from './github-state.ts';

/** Check runs, commit statuses and workflow runs. */
export function checkRoutes(state: GithubState): Readonly<Record<string, Handler>> {
  return {
    'GET /repos/{owner}/{repo}/commits/{ref}/check-runs': (request) => listChecks(state, request),
    'POST /repos/{owner}/{repo}/check-runs': (request) => makeCheck(state, request),
    'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}': (request) => changeCheck(state, request),
    'GET /repos/{owner}/{repo}/commits/{ref}/status': (request) => listStatuses(state, request),
    'POST /repos/{owner}/{repo}/statuses/{sha}': (request) => makeStatus(state, request),
    'GET /repos/{owner}/{repo}/actions/runs': ({ query }) => {
      const found = state.workflowRuns.filter((run) => run.headSha === query.get('head_sha'));
      const { items, hasNext } = pageOf(found.toReversed(), query);
      const body = { total_count: found.length, workflow_runs: items.map((run) => renderRun(run, state)) };
      return { status: 200, body, hasNext };
    },
  };
}

async function listChecks(state: GithubState, { parameters, query }: ApiRequest): Promise<ApiAnswer> {
  const sha = parameters.ref ?? '';
  if (!(await state.git.has(sha))) return refusal(422, `No commit found for SHA: ${sha}`);
  const name = query.get('check_name');
  const found = state.checks.filter(
    (check) => check.headSha === sha && (name === null || check.name === name),
  );
  const listed = query.get('filter') === 'all' ? found : found.filter((check) => isLatest(check, found));
  const { items, hasNext } = pageOf(listed.toReversed(), query);
  return { status: 200, body: { total_count: listed.length, check_runs: items.map(renderCheck) }, hasNext };
}

/** Of each check suite the newest attempt of a name. */
function isLatest(check: StoredCheck, all: readonly StoredCheck[]): boolean {
  return !all.some(
    (other) => other.suiteId === check.suiteId && other.name === check.name && other.id > check.id,
  );
}

async function makeCheck(state: GithubState, { body, grant }: ApiRequest): Promise<ApiAnswer> {
  if (grant?.kind !== 'installation') return refusal(403, 'You must authenticate via a GitHub App.');
  const headSha = String(body.head_sha);
  if (!(await state.git.has(headSha))) return refusal(422, `No commit found for SHA: ${headSha}`);
  const made: StoredCheck = {
    id: state.nextId(),
    headSha,
    name: String(body.name),
    externalId: null,
    status: 'queued',
    conclusion: null,
    startedAt: state.now(),
    completedAt: null,
    title: null,
    summary: null,
    appId: grant.appId,
    // All check runs of an app on a commit share one suite.
    suiteId: grant.appId,
  };
  const changed = withBody(made, body, state);
  if ('status' in changed && 'body' in changed) return changed;
  state.checks.push(changed);
  return { status: 201, body: renderCheck(changed) };
}

function changeCheck(state: GithubState, { parameters, body, grant }: ApiRequest): ApiAnswer {
  const index = state.checks.findIndex((check) => `${check.id}` === parameters.check_run_id);
  const known = state.checks[index];
  if (known === undefined) return NOT_FOUND;
  if (grant?.kind !== 'installation' || grant.appId !== known.appId) {
    return refusal(403, 'Resource not accessible by integration');
  }
  const changed = withBody(known, body, state);
  if ('body' in changed) return changed;
  state.checks[index] = changed;
  return { status: 200, body: renderCheck(changed) };
}

function withBody(check: StoredCheck, body: ApiRequest['body'], state: GithubState): StoredCheck | ApiAnswer {
  const output = body.output as { title?: string; summary?: string } | undefined;
  const conclusion = (body.conclusion as string | undefined) ?? null;
  const status = conclusion === null ? String(body.status ?? check.status) : 'completed';
  if (status === 'completed' && conclusion === null && check.conclusion === null) {
    return invalid('Invalid request. "conclusion" wasn\'t supplied.', 'CheckRun', 'conclusion');
  }
  if (output !== undefined && output.summary === undefined) {
    return invalid('Invalid request. "summary" wasn\'t supplied.', 'CheckRun', 'output');
  }
  return {
    ...check,
    externalId: (body.external_id as string | undefined) ?? check.externalId,
    status,
    conclusion: status === 'completed' ? (conclusion ?? check.conclusion) : null,
    startedAt: seconds(body.started_at) ?? check.startedAt,
    completedAt: status === 'completed' ? (seconds(body.completed_at) ?? state.now()) : null,
    title: output === undefined ? check.title : (output.title ?? null),
    summary: output === undefined ? check.summary : (output.summary ?? null),
  };
}

/** GitHub keeps no fractions of a second. */
function seconds(time: unknown): string | undefined {
  return typeof time === 'string' ? time.replace(/\.\d+Z$/, 'Z') : undefined;
}

function renderCheck(check: StoredCheck) {
  const { id, name, status, conclusion, title, summary } = check;
  return described('check-run', {
    id,
    name,
    status,
    conclusion,
    head_sha: check.headSha,
    external_id: check.externalId,
    started_at: check.startedAt,
    completed_at: check.completedAt,
    html_url: `https://github.example/runs/${id}`,
    check_suite: { id: check.suiteId },
    output: { title, summary, text: null, annotations_count: 0, annotations_url: 'https://github.example/' },
    app: described('integration', { id: check.appId, name: 'app' }),
  });
}

async function listStatuses(state: GithubState, { parameters, query }: ApiRequest): Promise<ApiAnswer> {
  const sha = parameters.ref ?? '';
  if (!(await state.git.has(sha))) return NOT_FOUND;
  const latest = new Map<string, StoredStatus>();
  for (const status of state.statuses) if (status.sha === sha) latest.set(status.context, status);
  const all = [...latest.values()];
  const { items, hasNext } = pageOf(all, query);
  const failed = all.some(({ state: word }) => word === 'failure' || word === 'error');
  const body = described('combined-commit-status', {
    sha,
    state: failed ? 'failure' : 'success',
    total_count: all.length,
    statuses: items.map((status) => renderStatus('simple-commit-status', status)),
  });
  return { status: 200, body, hasNext };
}

async function makeStatus(state: GithubState, { parameters, body }: ApiRequest): Promise<ApiAnswer> {
  const sha = parameters.sha ?? '';
  if (!(await state.git.has(sha))) return refusal(422, `No commit found for SHA: ${sha}`);
  const description = (body.description as string | undefined) ?? null;
  if ((description ?? '').length > 140) {
    return invalid('Validation Failed', 'Status', 'description');
  }
  const made: StoredStatus = {
    id: state.nextId(),
    sha,
    context: String(body.context ?? 'default'),
    state: String(body.state),
    description,
    at: state.now(),
  };
  state.statuses.push(made);
  return { status: 201, body: renderStatus('status', made) };
}

function renderStatus(component: 'status' | 'simple-commit-status', made: StoredStatus) {
  const { id, context, description, at } = made;
  return described(component, {
    id,
    context,
    description,
    state: made.state,
    created_at: at,
    updated_at: at,
    ...(component === 'status' ? { creator: described('simple-user', {}) } : {}),
  });
}

function renderRun(run: StoredWorkflowRun, { repository }: GithubState) {
  return described('workflow-run', {
    id: run.id,
    name: run.file,
    path: `.github/workflows/${run.file}`,
    event: run.event,
    run_attempt: run.attempt,
    check_suite_id: run.suiteId,
    head_sha: run.headSha,
    status: run.status,
    conclusion: run.conclusion,
    created_at: run.startedAt,
    run_started_at: run.startedAt,
    updated_at: run.startedAt,
    repository: described('minimal-repository', { full_name: repository }),
    head_repository: described('minimal-repository', { full_name: repository }),
  });
}
