import { badUsage } from '@osrel/core';
import { type CiProvider, detectCi, type Variables } from './ci/detect-ci.ts';
import { type EventFile, readEventFile } from './ci/read-event-file.ts';
import { type GithubTrigger, readGithubTrigger } from './github-actions/read-github-trigger.ts';

export interface CiEventQuestion {
  /** Variables of the process. */
  readonly environment: Variables;
  /** `--event FILE`: a payload that replaces the one of the CI system. */
  readonly eventFile?: string | undefined;
  /** Commit of the checkout, for a replay of an event that names none. */
  readonly headSha?: string | undefined;
}

/** An event of a CI system, read. */
export interface CiEvent extends GithubTrigger {
  readonly provider: CiProvider;
}

/**
 * Finds out which CI system this is and reads its event. A given event file is read as GitHub's, wherever it is
 * replayed. Throws usage `ci.not-detected` and `ci.provider-unsupported` with the commands to use instead, and what
 * `readEventFile` and `readGithubTrigger` throw.
 */
export async function readCiEvent(question: CiEventQuestion): Promise<CiEvent> {
  const { environment, eventFile, headSha } = question;
  const detected = detectCi(environment);
  if (detected.provider !== 'github' && eventFile === undefined) throw notReadable(detected.provider);
  const file = eventFile === undefined ? fileOfGithub(environment) : { path: eventFile, namedBy: '--event' };
  const event = await readEventFile(file);
  const answer = readGithubTrigger({ environment, event, ...(headSha === undefined ? {} : { headSha }) });
  return {
    ...answer,
    provider: detected.provider,
    trace: [...detected.trace, `payload from ${file.path} (${file.namedBy})`, ...answer.trace],
  };
}

function fileOfGithub(environment: Variables): EventFile {
  const path = environment.GITHUB_EVENT_PATH;
  if (path !== undefined && path !== '') return { path, namedBy: 'GITHUB_EVENT_PATH' };
  throw badUsage('ci.event-file-missing', 'GITHUB_EVENT_PATH is not set, so there is no event to read', {
    hint: 'GitHub sets it in every job; for a replay name the payload: osrel auto --event FILE',
  });
}

function notReadable(provider: CiProvider) {
  const hint =
    'name the work instead: osrel build, test, deploy, finalize or release with --machine and --env; or replay an event: osrel auto --event FILE';
  if (provider === 'none') {
    return badUsage(
      'ci.not-detected',
      'this is no CI system that osrel knows, so there is no event to read',
      { hint },
    );
  }
  return badUsage(
    'ci.provider-unsupported',
    `events of ${provider} are not read, only those of GitHub Actions`,
    {
      hint,
      details: { provider },
    },
  );
}
