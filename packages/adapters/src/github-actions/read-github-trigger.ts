import { badUsage } from '@osrel/core';
import type { EventAnswer, EventQuestion } from './event-question.ts';
import {
  findVariable,
  readGithubEnvironment,
  type Variables,
  type WorkflowRun,
} from './github-environment.ts';
import { inferEventName } from './infer-event-name.ts';
import { readDispatch } from './read-dispatch.ts';
import { readCreate, readDelete, readMergeGroup, readRelease, readSchedule } from './read-other-events.ts';
import { readPullRequest, readPullRequestTarget } from './read-pull-request.ts';
import { readPush } from './read-push.ts';

export interface GithubTriggerQuestion {
  /** Variables of the process: GITHUB_EVENT_NAME, GITHUB_SHA, GITHUB_REF, GITHUB_REPOSITORY, ... */
  readonly environment: Variables;
  /** The parsed payload. */
  readonly event: unknown;
  /** Commit of the checkout, for a replay of an event that names none. */
  readonly headSha?: string;
}

export interface GithubTrigger extends EventAnswer {
  readonly workflow: WorkflowRun;
}

const READERS: Readonly<Record<string, (question: EventQuestion) => EventAnswer>> = {
  pull_request: readPullRequest,
  pull_request_target: readPullRequestTarget,
  push: readPush,
  workflow_dispatch: readDispatch,
  schedule: readSchedule,
  create: readCreate,
  delete: readDelete,
  release: readRelease,
  merge_group: readMergeGroup,
};

/**
 * Reads one event of GitHub Actions into a trigger (balena-workflow 1.6), with a line for everything that decided
 * it. Refs of manual and schedule triggers are full (`refs/heads/main`). Throws usage `ci.event-unknown` for an
 * event nobody planned for, `ci.event-malformed` and `ci.environment-malformed` with every problem.
 */
export function readGithubTrigger(question: GithubTriggerQuestion): GithubTrigger {
  const named = nameOf(question);
  const reader = Object.hasOwn(READERS, named.name) ? READERS[named.name] : undefined;
  if (reader === undefined) throw unknownEvent(named.name);
  const environment = readGithubEnvironment(question.environment, question.headSha ?? null);
  const answer = reader({ name: named.name, payload: question.event, environment });
  return { ...answer, trace: [named.trace, ...answer.trace], workflow: environment.workflow };
}

function nameOf({ environment, event }: GithubTriggerQuestion): {
  readonly name: string;
  readonly trace: string;
} {
  const name = findVariable(environment, 'GITHUB_EVENT_NAME');
  if (name !== null) return { name, trace: `event=${name} because GITHUB_EVENT_NAME says so` };
  const inferred = inferEventName(event);
  if (inferred !== undefined)
    return { name: inferred.name, trace: `event=${inferred.name} because ${inferred.because}` };
  throw badUsage(
    'ci.event-unknown',
    'GITHUB_EVENT_NAME is not set and the payload looks like no known event',
    {
      hint: `set GITHUB_EVENT_NAME to one of: ${Object.keys(READERS).join(', ')}`,
    },
  );
}

function unknownEvent(name: string) {
  const hint =
    name === 'workflow_call'
      ? 'a called workflow has the event name of its caller; leave GITHUB_EVENT_NAME as GitHub set it'
      : `run osrel auto only on: ${Object.keys(READERS).join(', ')}; or name the stages: osrel build, osrel test, ...`;
  return badUsage(
    'ci.event-unknown',
    `event ${JSON.stringify(name)} is not one that osrel knows what to do for`,
    {
      hint,
      details: { event: name, known: Object.keys(READERS) },
    },
  );
}
