import type { CheckQuestion } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { type GithubWorld, makeGithubWorld } from '../servers/github/make-github-world.ts';
import { runWorkflow, type WorkflowWish } from '../servers/github/run-workflow.ts';

const SLUG = 'raspberrypi5';

/** A pull request with workflows on its head; `list` asks what they say about suite os. */
async function start(...workflows: readonly Omit<WorkflowWish, 'headSha'>[]) {
  const world = await makeGithubWorld();
  const { headSha } = await world.open(1);
  for (const workflow of workflows) runWorkflow(world.state, { headSha, ...workflow });
  return { ...world, headSha, list: (change?: Partial<CheckQuestion>) => list(world, headSha, change) };
}

function list({ host, repository }: GithubWorld, headSha: string, change: Partial<CheckQuestion> = {}) {
  const entries = [{ id: 'os', suite: 'os' }];
  return host.listChecks({ repository, headSha, slug: SLUG, entries, otherSlugs: [], ...change });
}

describe('what counts as the verdict of a suite at GitHub', () => {
  it.each(['os', 'build / os', 'Release / test / os', 'raspberrypi5 / os', 'osrel / raspberrypi5 / os'])(
    'takes a check named %j for suite os',
    async (name) => {
      const { list } = await start({ jobs: { [name]: 'success' } });
      const { checks } = await list();
      expect(checks).toMatchObject([{ name: 'os', slug: SLUG, status: 'completed', conclusion: 'success' }]);
      expect(checks[0]?.source).toBe(`check "${name}" in ci.yml (pull_request): success`);
    },
  );

  it.each([
    'oss',
    'os / lint',
    'macos',
    'build os',
    'osrel / raspberrypi4-64 / os',
    'osrel / raspberrypi5 / test',
  ])('does not take a check named %j for suite os', async (name) => {
    const { list } = await start({ jobs: { [name]: 'success' } });
    expect((await list()).checks).toEqual([]);
  });

  it.each([
    ['cancelled', 'cancelled'],
    ['skipped', 'skipped'],
    ['timed_out', 'timed-out'],
    ['neutral', 'neutral'],
    ['action_required', 'action-required'],
    ['failure', 'failure'],
  ])('never takes a job that ended as %s for a success', async (ended, conclusion) => {
    const { list } = await start({ jobs: { os: ended } });
    expect((await list()).checks).toMatchObject([{ status: 'completed', conclusion }]);
  });

  it.each([
    ['startup_failure', 'startup-failure'],
    ['action_required', 'action-required'],
    ['cancelled', 'cancelled'],
    ['stale', 'stale'],
    ['an_unheard_of_word', undefined],
  ])('names a workflow that ended as %s before its suite began', async (ended, conclusion) => {
    const { list } = await start({ conclusion: ended });
    const { checks } = await list();
    expect(checks.map((check) => check.conclusion)).toEqual(conclusion === undefined ? [] : [conclusion]);
  });

  it('sees a job that runs, one that waits, and a workflow that has not come to it', async () => {
    const running = await start({ jobs: { os: null } });
    expect((await running.list()).checks).toMatchObject([{ status: 'running', conclusion: null }]);
    const queued = await start({ jobs: { os: 'queued' } });
    expect((await queued.list()).checks).toMatchObject([{ status: 'queued', conclusion: null }]);
    const building = await start({ jobs: { build: null } });
    expect((await building.list()).checks).toMatchObject([{ status: 'running', conclusion: null }]);
  });

  it('reads every page: a failure among 250 checks is found', async () => {
    const noise = Object.fromEntries(
      Array.from({ length: 249 }, (_, index) => [`noise ${index}`, 'success']),
    );
    const { list, server } = await start({ jobs: { os: 'failure', ...noise } });
    expect((await list()).checks).toMatchObject([{ conclusion: 'failure' }]);
    expect(server.requests.filter(({ route }) => route.endsWith('/check-runs'))).toHaveLength(3);
  });

  it('reads every page of workflow runs: the one that still runs is behind 120 others', async () => {
    const others = Array.from({ length: 120 }, (_, index) => ({ file: `other-${index}.yml` }));
    const { list } = await start({ jobs: { build: null } }, ...others);
    expect((await list()).checks).toMatchObject([{ status: 'running' }]);
  });
});

describe('several runs of one suite at GitHub', () => {
  it('forgets an old failure once a newer attempt succeeded', async () => {
    const { list, state, headSha } = await start();
    const { suiteId } = runWorkflow(state, { headSha, jobs: { os: 'failure' } });
    runWorkflow(state, { headSha, suiteId, attempt: 2, jobs: { os: 'success' } });
    const { checks } = await list();
    expect(checks).toMatchObject([{ conclusion: 'success' }]);
    expect(checks[0]?.source).toContain('attempt 2');
  });

  it('forgets an old failure once a newer run of the same workflow succeeded', async () => {
    const { list } = await start({ jobs: { os: 'failure' } }, { jobs: { os: 'success' } });
    expect((await list()).checks).toMatchObject([{ conclusion: 'success' }]);
  });

  it('forgets an old success once a newer run failed, or has begun', async () => {
    const failed = await start({ jobs: { os: 'success' } }, { jobs: { os: 'failure' } });
    expect((await failed.list()).checks).toMatchObject([{ conclusion: 'failure' }]);
    const begun = await start({ jobs: { os: 'success' } }, { jobs: { os: 'queued' } });
    expect((await begun.list()).checks).toMatchObject([{ status: 'queued' }]);
  });

  it('takes the newest of what osrel recorded, whichever workflow GitHub puts it with', async () => {
    const name = 'osrel / raspberrypi5 / os';
    const { list } = await start(
      { file: 'a.yml', jobs: { [name]: 'failure' } },
      { file: 'b.yml', jobs: { [name]: 'success' } },
    );
    expect((await list()).checks).toMatchObject([{ conclusion: 'success' }]);
  });

  it('lets no workflow outvote the failure of another', async () => {
    const { list } = await start(
      { file: 'a.yml', jobs: { os: 'failure' } },
      { file: 'b.yml', jobs: { os: 'success' } },
    );
    const { checks } = await list();
    expect(checks).toMatchObject([{ conclusion: 'failure' }]);
    expect(checks[0]?.source).toContain('b.yml');
  });

  it('lets a job that another event skipped say nothing', async () => {
    const { list } = await start(
      { jobs: { os: 'success' } },
      { event: 'pull_request_target', jobs: { os: 'skipped' } },
    );
    expect((await list()).checks).toMatchObject([{ conclusion: 'success' }]);
  });
});

describe('which device type a check at GitHub is about', () => {
  const otherSlugs = ['raspberrypi4-64', 'raspberrypi5-ext'];

  it('takes no check that says nothing about it where there are several', async () => {
    const { list } = await start({ jobs: { os: 'success' } });
    const { checks, trace } = await list({ otherSlugs });
    expect(checks).toEqual([]);
    expect(trace[0]).toBe(
      'not counted: check "os" in ci.yml (pull_request): it does not say which device type it is about',
    );
  });

  it('takes it from the name of the check or of its workflow', async () => {
    const named = await start({ jobs: { 'raspberrypi5 / os': 'success' } });
    expect((await named.list({ otherSlugs })).checks).toMatchObject([{ conclusion: 'success' }]);
    const inFile = await start({ file: 'raspberrypi5.yml', jobs: { 'build / os': 'success' } });
    expect((await inFile.list({ otherSlugs })).checks).toMatchObject([{ conclusion: 'success' }]);
  });

  it('never takes one about another device type, by its name or by its workflow', async () => {
    const { list } = await start(
      { file: 'raspberrypi4-64.yml', jobs: { 'build / os': 'success' } },
      { file: 'raspberrypi5.yml', jobs: { 'raspberrypi4-64 / os': 'success' } },
      { jobs: { 'raspberrypi5-ext / os': 'success' } },
    );
    const { checks, trace } = await list({ otherSlugs });
    expect(checks).toEqual([]);
    expect(trace.filter((line) => line.startsWith('not counted'))).toHaveLength(3);
  });

  it('does not wait for the workflow of another device type', async () => {
    const { list } = await start({ file: 'raspberrypi4-64.yml', jobs: { build: null } });
    expect((await list({ otherSlugs })).checks).toEqual([]);
  });

  it('takes only what names it where the others are not known', async () => {
    const { list } = await start({ jobs: { os: 'success' } });
    expect((await list({ otherSlugs: null })).checks).toEqual([]);
  });
});

describe('names that osrel.yml gives', () => {
  it('replaces the usual names by the configured ones, filled in', async () => {
    const { connect, repository, headSha } = await start({
      jobs: { 'Test raspberrypi5 (os)': 'success', os: 'failure' },
    });
    const host = connect({ checks: { os: ['Test {slug} ({suite})'] } });
    const entries = [{ id: 'os', suite: 'os' }];
    const question = { repository, headSha, slug: SLUG, entries, otherSlugs: ['raspberrypi4-64'] };
    expect((await host.listChecks(question)).checks).toMatchObject([{ conclusion: 'success' }]);
  });

  it('lets a whole workflow run stand for a suite', async () => {
    const { connect, repository, headSha } = await start({ file: 'raspberrypi5.yml', conclusion: 'failure' });
    const host = connect({ checks: { os: ['{slug}.yml'] } });
    const entries = [{ id: 'os-secure', suite: 'os' }];
    const question = { repository, headSha, slug: SLUG, entries, otherSlugs: ['raspberrypi4-64'] };
    expect((await host.listChecks(question)).checks).toMatchObject([
      { name: 'os-secure', conclusion: 'failure' },
    ]);
  });

  it('takes a commit status like a check', async () => {
    const { list, state, headSha } = await start();
    const status = { sha: headSha, context: 'jenkins / os', description: 'all passed' };
    state.statuses.push({ ...status, id: 1, state: 'failure', at: state.now() });
    state.statuses.push({ ...status, id: 2, state: 'success', at: state.now() });
    expect((await list()).checks).toMatchObject([{ conclusion: 'success', summary: 'all passed' }]);
  });

  it('does not wait for the workflow run that osrel is part of, and takes what it has finished', async () => {
    const { connect, repository, headSha, state } = await start();
    const own = runWorkflow(state, { headSha, event: 'push', jobs: { release: null, os: null } });
    const host = connect({ ownRunId: `${own.runId}` });
    const entries = [{ id: 'os', suite: 'os' }];
    const question = { repository, headSha, slug: SLUG, entries, otherSlugs: [] };
    expect((await host.listChecks(question)).checks).toEqual([]);
    state.checks.splice(
      0,
      2,
      ...state.checks.map((check) => ({ ...check, status: 'completed', conclusion: 'success' })),
    );
    expect((await host.listChecks(question)).checks).toMatchObject([{ conclusion: 'success' }]);
  });
});
