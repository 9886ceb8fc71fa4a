import { type OsrelError, upstreamFailed } from '@osrel/core';
import type { EngineObserver, PullOutcome } from '../container-engine.ts';
import { type CallEngine, complaintOf, type EngineAnswer, succeeded } from './engine-program.ts';

export interface PullRequest {
  readonly file: string;
  readonly call: CallEngine;
  readonly reference: string;
  readonly observer: EngineObserver;
}

const NAMED_DIGEST = /^Digest: (sha256:[0-9a-f]{64})$/m;
/** A registry that answered and said no: asking again changes nothing. */
const REFUSED = /denied|unauthorized|not found|manifest unknown|invalid reference|no matching manifest/i;

/** Gets the image from its registry, as often as it is asked: a tag may have moved. Throws upstream `container.pull-failed`. */
export async function pullImage(request: PullRequest): Promise<PullOutcome> {
  const { file, call, reference, observer } = request;
  const answer = await call({ file, arguments: ['pull', reference], ...observer });
  if (!succeeded(answer)) throw pullFailed(request, answer);
  return { digest: NAMED_DIGEST.exec(answer.stdout)?.[1] };
}

function pullFailed({ file, reference }: PullRequest, answer: EngineAnswer): OsrelError {
  const refused = REFUSED.test(answer.complaint);
  const reason = complaintOf(answer).split('\n').at(-1) ?? '';
  return upstreamFailed(
    'container.pull-failed',
    `${file} could not pull the image ${reference} to build in: ${reason}`,
    {
      hint: refused
        ? `see that the image exists (the tag is the version in balena-yocto-scripts/VERSION), log in with ${file} login, or name another in build.container.image`
        : `try again when the registry can be reached, or name an image of this machine by its id in build.container.image (${file} images --no-trunc)`,
      retryable: !refused,
      details: { image: reference },
    },
  );
}
