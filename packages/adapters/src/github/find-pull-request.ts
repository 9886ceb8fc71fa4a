import { type CodeHost, OsrelError, type PullRequest, refused } from '@osrel/core';
import type { GithubClient } from './github-client.ts';
import {
  commitsSchema,
  type GithubPullRequest,
  pullRequestSchema,
  pullRequestsSchema,
} from './github-schemas.ts';

const MERGE_SUBJECT = /^Merge pull request #([0-9]{1,9})(?: |$)/;
const TRAILING_NUMBER = /\(#([0-9]{1,9})\)$/;
const PERMISSION = 'Pull requests: read';

type Question = Parameters<CodeHost['findPullRequest']>[0];

/**
 * The pull request that brought a commit (balena-workflow 7.1; W13): GitHub's own association first, by merge commit,
 * then by head, also of the parents that a merge brought in; then the number in the subject, believed only when that
 * pull request was merged as this commit or contains it. References in a body never count. Throws refused
 * `pull-request.ambiguous`, `github.commit-unknown`; permission for what may not be seen.
 */
export async function findPullRequest(
  client: GithubClient,
  question: Question,
): Promise<PullRequest | undefined> {
  const { sha, parents } = question;
  const associated = await listAssociated(client, question, sha);
  const merged = associated.filter((each) => each.merged_at !== null && each.merge_commit_sha === sha);
  if (merged.length > 0) return choose(merged, question);
  const headed = associated.filter((each) => each.head.sha === sha);
  if (headed.length > 0) return choose(headed, question);
  // A merge that was made by hand; its first parent is the line it went into.
  const broughtIn = await Promise.all(
    parents.slice(1).map(async (parent) => {
      const found = await listAssociated(client, question, parent);
      return found.filter((each) => each.head.sha === parent);
    }),
  );
  if (broughtIn.flat().length > 0) return choose(broughtIn.flat(), question);
  return findBySubject(client, question);
}

async function listAssociated(
  client: GithubClient,
  { repository }: Question,
  sha: string,
): Promise<readonly GithubPullRequest[]> {
  const pages = await client.readPages({
    repository,
    route: 'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls',
    parameters: { commit_sha: sha },
    schema: pullRequestsSchema,
    what: `the pull requests of commit ${sha} in ${repository}`,
    permission: PERMISSION,
  });
  return pages.flat();
}

/** Several are told apart by having been merged; more is guessing. */
function choose(found: readonly GithubPullRequest[], question: Question): PullRequest {
  const distinct = [...new Map(found.map((each) => [each.number, each])).values()];
  const merged = distinct.filter((each) => each.merged_at !== null);
  const candidates = merged.length === 0 ? distinct : merged;
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1) return pullRequestOf(only);
  const { repository, sha } = question;
  const numbers = candidates.map(({ number }) => number).sort((a, b) => a - b);
  throw refused(
    'pull-request.ambiguous',
    `commit ${sha} of ${repository} belongs to pull requests ${numbers.map((each) => `#${each}`).join(' and ')}; osrel does not guess`,
    {
      hint: 'finalize by hand with a reason, once you know whose tests count',
      details: { repository, sha, pullRequests: numbers },
    },
  );
}

/** GitHub associates merged pull requests with commits of the default branch only; on others the subject helps. */
async function findBySubject(client: GithubClient, question: Question): Promise<PullRequest | undefined> {
  const { repository, sha, subject } = question;
  const number = MERGE_SUBJECT.exec(subject)?.[1] ?? TRAILING_NUMBER.exec(subject.trimEnd())?.[1];
  if (number === undefined) return undefined;
  const named = await findNumber(client, repository, Number(number));
  if (named === undefined || named.merged_at === null) return undefined;
  if (named.merge_commit_sha === sha) return pullRequestOf(named);
  return findContaining(client, question, named);
}

/** A number may be that of an issue, or of another repository. */
async function findNumber(
  client: GithubClient,
  repository: string,
  number: number,
): Promise<GithubPullRequest | undefined> {
  try {
    return await client.read({
      repository,
      route: 'GET /repos/{owner}/{repo}/pulls/{pull_number}',
      parameters: { pull_number: number },
      schema: pullRequestSchema,
      what: `pull request #${number} of ${repository}`,
      permission: PERMISSION,
    });
  } catch (error) {
    // The repository itself was just seen: only the number can be missing.
    if (error instanceof OsrelError && error.code === 'github.not-found') return undefined;
    throw error;
  }
}

async function findContaining(
  client: GithubClient,
  { repository, sha }: Question,
  named: GithubPullRequest,
): Promise<PullRequest | undefined> {
  const pages = await client.readPages({
    repository,
    route: 'GET /repos/{owner}/{repo}/pulls/{pull_number}/commits',
    parameters: { pull_number: named.number },
    schema: commitsSchema,
    what: `the commits of pull request #${named.number} of ${repository}`,
    permission: PERMISSION,
  });
  return pages.flat().some((commit) => commit.sha === sha) ? pullRequestOf(named) : undefined;
}

function pullRequestOf(found: GithubPullRequest): PullRequest {
  return {
    number: found.number,
    headSha: found.head.sha,
    headRef: found.head.ref,
    baseRef: found.base.ref,
    title: found.title,
    // Before the merge GitHub has a preview there.
    mergeSha: found.merged_at === null ? null : found.merge_commit_sha,
  };
}
