import type { CheckList, CheckQuestion } from '@osrel/core';
import type { NameRules } from './check-names.ts';
import { type FoundRun, foundCheck, foundStatus, foundWorkflow } from './found-run.ts';
import type { GithubClient } from './github-client.ts';
import { checkRunsSchema, combinedStatusSchema, workflowRunsSchema } from './github-schemas.ts';
import { settleChecks } from './settle-checks.ts';

export interface ListChecksOptions {
  readonly configured: NameRules['configured'];
  readonly ownRunId: number | null;
}

/**
 * Check runs, commit statuses and workflow runs of one commit, all pages, also those of a fork's pull request (they are
 * found by the head). Each of the three must be readable: what cannot be asked is no "no checks".
 */
export async function listChecks(
  client: GithubClient,
  question: CheckQuestion,
  options: ListChecksOptions,
): Promise<CheckList> {
  const [checks, statuses, workflows] = await Promise.all([
    readCheckRuns(client, question),
    readStatuses(client, question),
    readWorkflowRuns(client, question),
  ]);
  const runs: readonly FoundRun[] = [
    ...checks.map((check) => foundCheck(check, workflows)),
    ...statuses.map(foundStatus),
    ...workflows.map(foundWorkflow),
  ];
  const settled = settleChecks(runs, { ...question, ...options });
  const looked = `looked at ${checks.length} check runs, ${statuses.length} statuses and ${workflows.length} workflow runs of ${question.headSha.slice(0, 9)}`;
  return { checks: settled.checks, trace: [...settled.trace, looked] };
}

type Place = Pick<CheckQuestion, 'repository' | 'headSha'>;

async function readCheckRuns(client: GithubClient, { repository, headSha }: Place) {
  const pages = await client.readPages({
    repository,
    route: 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs',
    parameters: { ref: headSha, filter: 'latest' },
    schema: checkRunsSchema,
    what: `the check runs of commit ${headSha} in ${repository}`,
    permission: 'Checks: read',
  });
  return pages.flatMap((page) => page.check_runs);
}

async function readStatuses(client: GithubClient, { repository, headSha }: Place) {
  const pages = await client.readPages({
    repository,
    route: 'GET /repos/{owner}/{repo}/commits/{ref}/status',
    parameters: { ref: headSha },
    schema: combinedStatusSchema,
    what: `the statuses of commit ${headSha} in ${repository}`,
    permission: 'Commit statuses: read',
  });
  return pages.flatMap((page) => page.statuses);
}

async function readWorkflowRuns(client: GithubClient, { repository, headSha }: Place) {
  const pages = await client.readPages({
    repository,
    route: 'GET /repos/{owner}/{repo}/actions/runs',
    parameters: { head_sha: headSha },
    schema: workflowRunsSchema,
    what: `the workflow runs of commit ${headSha} in ${repository}`,
    permission: 'Actions: read',
  });
  return pages.flatMap((page) => page.workflow_runs);
}
