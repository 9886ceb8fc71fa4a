import { type ApiAnswer, type Handler, NOT_FOUND, pageOf, refusal } from './api-answer.ts';
import { described } from './api-description.ts';
import type { GithubState, StoredPullRequest } from './github-state.ts';

/** Pull requests and the commits they brought. */
export function pullRequestRoutes(state: GithubState): Readonly<Record<string, Handler>> {
  return {
    'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls': async ({ parameters, query }) => {
      const sha = parameters.commit_sha ?? '';
      if (!(await state.git.has(sha))) return refusal(422, `No commit found for SHA: ${sha}`);
      const brought = await Promise.all(
        state.pullRequests.map(async (each) => ((await isAssociated(state, each, sha)) ? [each] : [])),
      );
      const { items, hasNext } = pageOf(brought.flat(), query);
      return { status: 200, body: items.map((each) => render('pull-request-simple', each, state)), hasNext };
    },
    'GET /repos/{owner}/{repo}/pulls/{pull_number}': ({ parameters }) => {
      const found = findNumber(state, parameters.pull_number);
      return found === undefined ? NOT_FOUND : { status: 200, body: render('pull-request', found, state) };
    },
    'GET /repos/{owner}/{repo}/pulls/{pull_number}/commits': async ({
      parameters,
      query,
    }): Promise<ApiAnswer> => {
      const found = findNumber(state, parameters.pull_number);
      if (found === undefined) return NOT_FOUND;
      const { items, hasNext } = pageOf(await state.git.between(found.baseSha, found.headSha), query);
      return { status: 200, body: items.map((sha) => described('commit', { sha })), hasNext };
    },
  };
}

/** As GitHub has it: the merged pull request of a commit on the default branch, else the open ones that hold it. */
async function isAssociated(
  { git }: GithubState,
  pullRequest: StoredPullRequest,
  sha: string,
): Promise<boolean> {
  const own = await git.between(pullRequest.baseSha, pullRequest.headSha);
  const holds = own.includes(sha) || pullRequest.mergeSha === sha;
  if (!holds) return false;
  return pullRequest.mergeSha === null || git.isAncestor(sha, 'main');
}

function findNumber({ pullRequests }: GithubState, number: string | undefined) {
  return pullRequests.find((each) => `${each.number}` === number);
}

function render(
  component: 'pull-request' | 'pull-request-simple',
  { number, title, headRef, headSha, baseRef, baseSha, mergeSha }: StoredPullRequest,
  { repository }: GithubState,
) {
  const [owner = ''] = repository.split('/');
  const side = (ref: string, sha: string) => ({
    label: `${owner}:${ref}`,
    ref,
    sha,
    repo: described('repository', { full_name: repository }),
    user: described('simple-user', { login: owner }),
  });
  const at = '2026-11-20T10:00:00Z';
  return described(component, {
    number,
    title,
    state: mergeSha === null ? 'open' : 'closed',
    user: described('simple-user', { login: owner }),
    head: side(headRef, headSha),
    base: side(baseRef, baseSha),
    merged_at: mergeSha === null ? null : at,
    ...(component === 'pull-request' ? { merged: mergeSha !== null } : {}),
    // An open one has the commit of its merge preview there.
    merge_commit_sha: mergeSha ?? 'e'.repeat(40),
  });
}
