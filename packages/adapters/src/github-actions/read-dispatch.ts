import type { ManualRequest } from '@osrel/core';
import { z } from 'zod';
import { commitWithoutPayload } from './commit-without-payload.ts';
import { type EventAnswer, type EventQuestion, malformedEvent, parsePayload } from './event-question.ts';
import { loginName, refName, repositoryName } from './event-values.ts';
import { readManualRequest } from './read-manual-request.ts';

const payloadSchema = z.looseObject({
  inputs: z
    .record(
      z.string(),
      z.union([z.string(), z.boolean(), z.number(), z.null()], 'needs a text, true or false'),
    )
    .nullish(),
  ref: refName.nullish(),
  repository: z.looseObject({ full_name: repositoryName }),
  sender: z.looseObject({ login: loginName }).nullish(),
});

/** The event `workflow_dispatch`: a person started the workflow, on a branch or on a tag. */
export function readDispatch(question: EventQuestion): EventAnswer {
  const payload = parsePayload(payloadSchema, question);
  const ref = payload.ref ?? question.environment.ref;
  if (ref === null)
    throw malformedEvent(question.name, [{ at: 'ref', message: 'missing, and GITHUB_REF is not set' }]);
  const commit = commitWithoutPayload(question);
  const { request, trace } = readManualRequest(payload.inputs ?? {}, question.name);
  const actor = payload.sender?.login ?? question.environment.actor;
  return {
    trigger: {
      kind: 'manual',
      repository: payload.repository.full_name,
      ref,
      sha: commit.sha,
      actor,
      request,
    },
    trace: [
      `ref=${ref}`,
      ...commit.trace,
      `started by ${actor ?? 'an unknown person'}`,
      ...trace,
      'action=manual',
    ],
    deployEnvironment: environmentOf(request),
  };
}

function environmentOf(request: ManualRequest): string | null {
  return request.environment ?? null;
}
