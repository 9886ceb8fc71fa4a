import { type EventQuestion, malformedEvent } from './event-question.ts';

/** The commit of an event whose payload names none: GITHUB_SHA, else the checkout's. */
export function commitWithoutPayload({ name, environment }: EventQuestion): {
  readonly sha: string;
  readonly trace: readonly string[];
} {
  if (environment.sha !== null)
    return { sha: environment.sha, trace: [`commit=${environment.sha} (GITHUB_SHA)`] };
  if (environment.headSha !== null) {
    return {
      sha: environment.headSha,
      trace: [`commit=${environment.headSha} (checkout: GITHUB_SHA is not set)`],
    };
  }
  throw malformedEvent(name, [{ at: 'GITHUB_SHA', message: 'is not set, and the payload names no commit' }]);
}
