import { Octokit } from 'octokit';
import { describe, expect, it } from 'vitest';
import { makeGithubWorld } from '../servers/github/make-github-world.ts';
import { runWorkflow } from '../servers/github/run-workflow.ts';

async function start() {
  const world = await makeGithubWorld();
  const { headSha } = await world.open(1);
  const jobs = Object.fromEntries(Array.from({ length: 45 }, (_, index) => [`job ${index}`, 'success']));
  runWorkflow(world.state, { headSha, jobs });
  const octokit = new Octokit({ baseUrl: world.server.api, auth: 'ghs_workflow' });
  return { ...world, octokit, at: { owner: 'acme', repo: 'device', ref: headSha } };
}

describe('the double of GitHub, asked by a client of its own', () => {
  it('lists in pages that the client finds by their links', async () => {
    const { octokit, at, server } = await start();
    const checks = await octokit.paginate('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', at);
    expect(new Set(checks.map((check) => check.name)).size).toBe(45);
    expect(server.requests).toHaveLength(2);
  });

  it('answers 304 to what has not changed', async () => {
    const { octokit, at } = await start();
    const first = await octokit.rest.checks.listForRef(at);
    const headers = { 'if-none-match': first.headers.etag ?? '' };
    await expect(octokit.rest.checks.listForRef({ ...at, headers })).rejects.toMatchObject({ status: 304 });
  });

  it('answers 422 with what is wrong, as described', async () => {
    const { octokit, at } = await start();
    const { ref, ...place } = at;
    const wrong = { ...place, sha: ref, state: 'success', description: 'x'.repeat(141) } as const;
    await expect(octokit.rest.repos.createCommitStatus(wrong)).rejects.toMatchObject({
      status: 422,
      response: { data: { errors: [{ resource: 'Status', field: 'description' }] } },
    });
  });

  it('notes what GitHub does not have: a route, a parameter, a word', async () => {
    const { octokit, at, server } = await start();
    await octokit.request('GET /repos/acme/device/every-check').catch(() => {});
    await octokit.request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', { ...at, order: 'newest' });
    const { ref, ...place } = at;
    const wrong = { ...place, head_sha: ref, name: 'os', status: 'finished' };
    // As plain text: the types of the client know the words.
    const route: string = 'POST /repos/{owner}/{repo}/check-runs';
    await octokit.request(route, wrong);
    const noted = server.contradictions.splice(0);
    expect(noted[0]).toBe('GET /repos/acme/device/every-check: GitHub has no such route');
    expect(noted[1]).toContain('query parameter order is not described');
    expect(noted.slice(2).join()).toContain('"finished"');
  });
});
