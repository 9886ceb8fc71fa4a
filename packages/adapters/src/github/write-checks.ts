import type { CheckRun, RunConclusion, RunStatus } from '@osrel/core';
import { z } from 'zod';
import { suiteCheckName } from './check-names.ts';
import type { GithubClient } from './github-client.ts';
import {
  checkRunSchema,
  checkRunsSchema,
  combinedStatusSchema,
  type GithubCheckRun,
} from './github-schemas.ts';

/** What a check run on a commit shall say. */
export interface WantedCheck {
  readonly repository: string;
  readonly headSha: string;
  readonly name: string;
  /** Tells our check run from those of others under the same name. */
  readonly externalId: string;
  /** A suite that runs again gets a check run of its own; a stage of a resumed run goes on with the one it has. */
  readonly whenEnded: 'add' | 'change';
  readonly status: RunStatus;
  readonly conclusion: RunConclusion | null;
  readonly title: string;
  /** Markdown. */
  readonly summary: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly updatedAt: string;
}

export interface WantedStatus {
  readonly repository: string;
  readonly headSha: string;
  readonly context: string;
  readonly state: 'pending' | 'success' | 'failure' | 'error';
  readonly description: string;
}

/** GitHub refuses longer ones. */
const LONGEST_DESCRIPTION = 140;
const LONGEST_SUMMARY = 60_000;
const CHECKS = 'Checks: write';

/** Tokens of apps, also the one that a workflow gets; only they may make check runs. */
const APP_TOKEN = /^ghs_/;

const CONCLUSIONS: Readonly<Record<RunConclusion, string>> = {
  success: 'success',
  failure: 'failure',
  cancelled: 'cancelled',
  'timed-out': 'timed_out',
  skipped: 'skipped',
  neutral: 'neutral',
  'action-required': 'action_required',
  // GitHub reserves these two for itself; and what osrel cannot name proves nothing.
  'startup-failure': 'neutral',
  stale: 'neutral',
  other: 'neutral',
};

const STATUSES: Readonly<Record<RunStatus, string>> = {
  queued: 'queued',
  running: 'in_progress',
  completed: 'completed',
};

/** Whether the credential may make check runs; others get by with commit statuses. */
export function makesCheckRuns(client: GithubClient): boolean {
  const credential = client.credential();
  return credential.kind === 'app' || (credential.kind === 'token' && APP_TOKEN.test(credential.token));
}

/** Records a suite's verdict under `osrel / <slug> / <suite>`; what stands there and is newer stays. */
export async function recordCheck(client: GithubClient, check: CheckRun): Promise<void> {
  const name = suiteCheckName(check.slug, check.name);
  if (!makesCheckRuns(client)) {
    const { repository, headSha } = check;
    return writeStatus(client, {
      repository,
      headSha,
      context: name,
      state: stateOf(check),
      description: check.summary,
    });
  }
  return writeCheckRun(client, {
    ...check,
    name,
    externalId: `osrel:${check.slug}:${check.name}`,
    whenEnded: 'add',
    title: check.summary,
    startedAt: check.updatedAt,
  });
}

/**
 * Makes our check run say this: changes it where it may be changed, else makes another one, which replaces it. What says
 * it already, or says something newer, is left alone.
 */
export async function writeCheckRun(client: GithubClient, wanted: WantedCheck): Promise<void> {
  const { repository, headSha, name } = wanted;
  const about = {
    what: `writing check "${name}" on commit ${headSha} in ${repository}`,
    permission: CHECKS,
  };
  const call = { ...about, repository, schema: checkRunSchema };
  return client.write(about, async () => {
    const known = await findOwn(client, wanted);
    if (known !== undefined && (isNewer(known, wanted) || says(known, wanted))) return undefined;
    const body = bodyOf(wanted);
    if (known === undefined || (known.status === 'completed' && wanted.whenEnded === 'add')) {
      const parameters = { name, head_sha: headSha, ...body };
      return { ...call, route: 'POST /repos/{owner}/{repo}/check-runs', parameters };
    }
    const parameters = { check_run_id: known.id, ...body };
    return { ...call, route: 'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', parameters };
  });
}

/** The same for a commit status; GitHub shows the last one of each context. */
export async function writeStatus(client: GithubClient, wanted: WantedStatus): Promise<void> {
  const { repository, headSha, context, state } = wanted;
  const description = wanted.description.slice(0, LONGEST_DESCRIPTION);
  const about = {
    what: `writing status "${context}" on commit ${headSha} in ${repository}`,
    permission: 'Commit statuses: write',
  };
  return client.write(about, async () => {
    const known = await findStatus(client, wanted);
    if (known?.state === state && (known.description ?? '') === description) return undefined;
    return {
      ...about,
      repository,
      route: 'POST /repos/{owner}/{repo}/statuses/{sha}',
      parameters: { sha: headSha, context, state, description },
      schema: z.looseObject({ id: z.number() }),
    };
  });
}

async function findStatus(client: GithubClient, { repository, headSha, context }: WantedStatus) {
  const pages = await client.readPages({
    repository,
    route: 'GET /repos/{owner}/{repo}/commits/{ref}/status',
    parameters: { ref: headSha },
    schema: combinedStatusSchema,
    what: `the statuses of commit ${headSha} in ${repository}`,
    permission: 'Commit statuses: read',
  });
  return pages.flatMap((page) => page.statuses).find((each) => each.context === context);
}

async function findOwn(
  client: GithubClient,
  { repository, headSha, name, externalId }: WantedCheck,
): Promise<GithubCheckRun | undefined> {
  const pages = await client.readPages({
    repository,
    route: 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs',
    parameters: { ref: headSha, check_name: name, filter: 'all' },
    schema: checkRunsSchema,
    what: `the check runs "${name}" of commit ${headSha} in ${repository}`,
    permission: CHECKS,
  });
  const credential = client.credential();
  const own = pages
    .flatMap((page) => page.check_runs)
    .filter((each) => each.external_id === externalId)
    // Of another app, it could not be changed. Which app a token belongs to is not told.
    .filter((each) => credential.kind !== 'app' || `${each.app?.id}` === credential.appId);
  return own.toSorted((a, b) => b.id - a.id)[0];
}

function isNewer(known: GithubCheckRun, wanted: WantedCheck): boolean {
  const knownAt = known.completed_at ?? known.started_at;
  // GitHub keeps whole seconds.
  return knownAt !== null && Date.parse(knownAt) > Date.parse(wanted.updatedAt);
}

function says(known: GithubCheckRun, wanted: WantedCheck): boolean {
  const { status, conclusion } = bodyOf(wanted);
  return (
    known.status === status &&
    known.conclusion === (conclusion ?? null) &&
    (known.output.title ?? '') === wanted.title &&
    (wanted.status !== 'completed' || isSameSecond(known.completed_at, wanted.updatedAt))
  );
}

function isSameSecond(known: string | null, wanted: string): boolean {
  return known !== null && Math.floor(Date.parse(known) / 1_000) === Math.floor(Date.parse(wanted) / 1_000);
}

function bodyOf(wanted: WantedCheck) {
  const output = {
    title: wanted.title,
    summary: (wanted.summary === '' ? wanted.title : wanted.summary).slice(0, LONGEST_SUMMARY),
  };
  return {
    external_id: wanted.externalId,
    status: STATUSES[wanted.status],
    started_at: wanted.startedAt,
    ...(wanted.conclusion === null
      ? {}
      : { conclusion: CONCLUSIONS[wanted.conclusion], completed_at: wanted.updatedAt }),
    ...(wanted.title === '' ? {} : { output }),
  };
}

function stateOf({ status, conclusion }: CheckRun): WantedStatus['state'] {
  if (status !== 'completed') return 'pending';
  if (conclusion === 'success') return 'success';
  return conclusion === 'failure' || conclusion === 'timed-out' ? 'failure' : 'error';
}
