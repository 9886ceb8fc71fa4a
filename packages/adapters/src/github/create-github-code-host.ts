import type { CodeHost, StageReport } from '@osrel/core';
import { type NameRules, stageCheckName } from './check-names.ts';
import { findPullRequest } from './find-pull-request.ts';
import { createGithubClient, type GithubClient, type GithubClientOptions } from './github-client.ts';
import { listChecks } from './list-checks.ts';
import { recordCheck, writeCheckRun, writeStatus } from './write-checks.ts';

export interface GithubCodeHostOptions extends GithubClientOptions {
  /** `github.checks` of the environment: names of the checks that prove a suite, by suite or matrix entry. */
  readonly checks: NameRules['configured'];
  /** Id of the workflow run that osrel is part of (GITHUB_RUN_ID), which it cannot wait for; null elsewhere. */
  readonly ownRunId: string | null;
}

/**
 * Pull requests and checks at GitHub (balena-workflow 7.1; W13, W14). Connects at the first call. An app makes check
 * runs for its stages; a token, which belongs to a person or a workflow, commit statuses.
 * Throws permission (401, 403, 404), refused `pull-request.ambiguous` and `github.commit-unknown`, conflict (409),
 * upstream for the rest, retryable where the same call may succeed later.
 */
export function createGithubCodeHost(options: GithubCodeHostOptions): CodeHost {
  const client = createGithubClient(options);
  const ownRunId = options.ownRunId === null ? null : Number(options.ownRunId);
  return {
    findPullRequest: (question) => findPullRequest(client, question),
    listChecks: (question) => listChecks(client, question, { configured: options.checks, ownRunId }),
    // GitHub knows its pull requests.
    recordPullRequest: async () => {},
    recordCheck: (check) => recordCheck(client, check),
    reportStage: (report) => reportStage(client, report),
  };
}

function reportStage(client: GithubClient, report: StageReport): Promise<void> {
  const { repository, headSha, slug, stage, runId, state, title } = report;
  const name = stageCheckName(slug, stage);
  const { kind } = client.credential();
  if (kind === 'nobody') return Promise.resolve();
  if (kind !== 'app') {
    return writeStatus(client, { repository, headSha, context: name, state, description: title });
  }
  return writeCheckRun(client, {
    ...report,
    name,
    externalId: runId,
    whenEnded: 'change',
    status: state === 'pending' ? 'running' : 'completed',
    conclusion: state === 'pending' ? null : state,
  });
}
