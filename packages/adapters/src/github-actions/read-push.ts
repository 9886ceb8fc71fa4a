import { asOsrelError, osVersionFromTag } from '@osrel/core';
import { z } from 'zod';
import {
  type EventAnswer,
  type EventQuestion,
  malformedEvent,
  nothing,
  parsePayload,
  started,
} from './event-question.ts';
import { commitId, isZeroId, refName, repositoryName } from './event-values.ts';

const anyId = z.string().regex(/^[0-9a-f]{40}$/, 'needs an object id of 40 hex digits');

const payloadSchema = z.looseObject({
  ref: refName,
  before: anyId.nullish(),
  after: anyId,
  created: z.boolean().nullish(),
  deleted: z.boolean().nullish(),
  forced: z.boolean().nullish(),
  head_commit: z.looseObject({ id: commitId }).nullish(),
  repository: z.looseObject({ full_name: repositoryName }),
});

type Payload = z.infer<typeof payloadSchema>;

const TAG = 'refs/tags/';
const BRANCH = 'refs/heads/';
const ACCEPTED_TAGS = 'vM.m.p, vM.m.p+revN or, for an ESR, vYYYY.M.P';

/** The event `push` of a tag or a branch. */
export function readPush(question: EventQuestion): EventAnswer {
  const payload = parsePayload(payloadSchema, question);
  const { ref } = payload;
  if (ref.startsWith(TAG)) return readTag(ref.slice(TAG.length), payload, question);
  if (ref.startsWith(BRANCH)) return readBranch(ref.slice(BRANCH.length), payload, question);
  throw malformedEvent(question.name, [
    { at: 'ref', message: `needs ${BRANCH}... or ${TAG}... (is ${JSON.stringify(ref)})` },
  ]);
}

function readTag(tag: string, payload: Payload, question: EventQuestion): EventAnswer {
  const repository = payload.repository.full_name;
  const trace = [`ref=${payload.ref} (tag ${tag})`];
  if (isDeleted(payload)) return nothing(repository, `tag ${tag} was deleted`, trace);
  const reason = whyNoVersion(tag);
  if (reason !== undefined) {
    const because = `tag ${tag} is no version: ${reason}; accepted are ${ACCEPTED_TAGS}`;
    return nothing(repository, because, trace);
  }
  const commit = commitOf(payload, question);
  return started({ kind: 'tag', repository, tag, sha: commit.sha }, [
    ...trace,
    ...movedTrace(payload),
    ...commit.trace,
  ]);
}

function readBranch(branch: string, payload: Payload, question: EventQuestion): EventAnswer {
  const repository = payload.repository.full_name;
  const trace = [`ref=${payload.ref} (branch ${branch})`];
  if (isDeleted(payload)) return nothing(repository, `branch ${branch} was deleted`, trace);
  const commit = commitOf(payload, question);
  return started({ kind: 'branch', repository, branch, sha: commit.sha }, [
    ...trace,
    ...movedTrace(payload),
    ...commit.trace,
  ]);
}

function isDeleted(payload: Payload): boolean {
  return payload.deleted === true || isZeroId(payload.after);
}

function whyNoVersion(tag: string): string | undefined {
  try {
    osVersionFromTag(tag);
    return undefined;
  } catch (error) {
    const { reason } = asOsrelError(error)?.details ?? {};
    if (asOsrelError(error)?.code !== 'version.malformed') throw error;
    return typeof reason === 'string' ? reason : 'it is malformed';
  }
}

/** `after` of an annotated tag is the tag object; `head_commit` is the commit it names. */
function commitOf(payload: Payload, { environment }: EventQuestion) {
  const fromPayload = payload.head_commit?.id;
  const sha = fromPayload ?? environment.sha ?? payload.after;
  const source =
    fromPayload === undefined ? (environment.sha === null ? 'after' : 'GITHUB_SHA') : 'head_commit';
  const differs = environment.sha !== null && environment.sha !== sha;
  return {
    sha,
    trace: [
      `commit=${sha} (${source})`,
      ...(differs ? [`GITHUB_SHA=${environment.sha} differs: the payload counts`] : []),
    ],
  };
}

function movedTrace({ forced, created, before, after }: Payload): readonly string[] {
  if (forced !== true || created === true) return [];
  return [`forced: it pointed to ${before ?? 'an unknown object'} before and points to ${after} now`];
}
