import { badUsage } from '@osrel/core';
import { z } from 'zod';
import { type EventAnswer, type EventQuestion, nothing, parsePayload, started } from './event-question.ts';
import { commitId, onOneLine, refName, repositoryName } from './event-values.ts';

const payloadSchema = z.looseObject({
  action: z.string(),
  pull_request: z.looseObject({
    number: z.int().positive(),
    title: z.string().nullish(),
    merged: z.boolean().nullish(),
    head: z.looseObject({
      ref: refName,
      sha: commitId,
      // Null when the fork was deleted.
      repo: z.looseObject({ full_name: repositoryName }).nullable(),
    }),
    base: z.looseObject({ ref: refName, repo: z.looseObject({ full_name: repositoryName }) }),
  }),
  changes: z.looseObject({ base: z.unknown().optional() }).nullish(),
});

type Payload = z.infer<typeof payloadSchema>;

const BUILDING = ['opened', 'synchronize', 'reopened', 'ready_for_review'];
const IDLE = [
  'assigned',
  'auto_merge_disabled',
  'auto_merge_enabled',
  'converted_to_draft',
  'demilestoned',
  'dequeued',
  'enqueued',
  'labeled',
  'locked',
  'milestoned',
  'review_request_removed',
  'review_requested',
  'unassigned',
  'unlabeled',
  'unlocked',
];

/** The event `pull_request`: own branches and, without credentials, forks. */
export function readPullRequest(question: EventQuestion): EventAnswer {
  const payload = parsePayload(payloadSchema, question);
  const trace = traceOf(payload);
  const idle = whyIdle(payload, question.name);
  if (idle !== undefined) return nothing(repositoryOf(payload), idle, trace);
  // GitHub builds the merge preview; a replay without GITHUB_SHA builds the head.
  const sha = question.environment.sha ?? payload.pull_request.head.sha;
  return started({ ...factsOf(payload), sha, carriesSecrets: false }, [
    ...trace,
    `commit=${sha} ${question.environment.sha === null ? '(head)' : '(merge preview, GITHUB_SHA)'}`,
    ...forkTrace(payload),
  ]);
}

/** The event `pull_request_target`: forks only, with the secrets of this repository within reach. */
export function readPullRequestTarget(question: EventQuestion): EventAnswer {
  const payload = parsePayload(payloadSchema, question);
  const trace = traceOf(payload);
  if (!isFork(payload)) {
    return nothing(repositoryOf(payload), 'own branch: handled by the pull_request event', trace);
  }
  const idle = whyIdle(payload, question.name);
  if (idle !== undefined) return nothing(repositoryOf(payload), idle, trace);
  const { sha } = payload.pull_request.head;
  return started({ ...factsOf(payload), sha, carriesSecrets: true }, [
    ...trace,
    `commit=${sha} (head of the fork; GITHUB_SHA is the base branch)`,
    'the event carries secrets',
  ]);
}

function factsOf(payload: Payload) {
  const { number, title, head, base } = payload.pull_request;
  return {
    kind: 'pull-request',
    repository: repositoryOf(payload),
    number,
    title: title === undefined || title === null ? null : onOneLine(title),
    headSha: head.sha,
    headRef: head.ref,
    baseRef: base.ref,
    origin: isFork(payload) ? 'fork' : 'own',
  } as const;
}

function whyIdle({ action, pull_request: pullRequest, changes }: Payload, name: string): string | undefined {
  if (BUILDING.includes(action)) return undefined;
  if (action === 'closed') {
    return pullRequest.merged === true
      ? 'merged: the tag of its version releases it'
      : 'closed without merge';
  }
  if (action === 'edited') {
    return changes?.base === undefined ? 'only its text was edited, the commits are the same' : undefined;
  }
  if (IDLE.includes(action)) return `"${action}" changes no commit`;
  throw badUsage('ci.event-unknown', `event ${name} has the unknown action ${JSON.stringify(action)}`, {
    hint: `known actions: ${[...BUILDING, 'edited', 'closed', ...IDLE].join(', ')}`,
    details: { event: name, action },
  });
}

function isFork({ pull_request: { head, base } }: Payload): boolean {
  // GitHub compares repository names without regard to case.
  return head.repo?.full_name.toLowerCase() !== base.repo.full_name.toLowerCase();
}

function repositoryOf(payload: Payload): string {
  return payload.pull_request.base.repo.full_name;
}

function traceOf(payload: Payload): readonly string[] {
  const { number, head, base } = payload.pull_request;
  const from = head.repo === null ? 'a deleted fork' : head.repo.full_name;
  return [
    `pull request #${number} ${JSON.stringify(payload.action)}: ${from}:${head.ref} -> ${base.repo.full_name}:${base.ref}`,
    `origin=${isFork(payload) ? 'fork' : 'own'} because the head is in ${from}`,
  ];
}

function forkTrace(payload: Payload): readonly string[] {
  if (!isFork(payload)) return [];
  return [
    'a fork is built without credentials; where the workflow also runs on pull_request_target, that run builds it as well',
  ];
}
