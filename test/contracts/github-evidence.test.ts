import { type Clock, parseConfig, type WaitForChecks } from '@osrel/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSourceRepository } from '../../packages/adapters/src/simple-git/create-source-repository.ts';
import { evidencePolicyFor } from '../../packages/core/src/config/evidence-policy.ts';
import { gatherEvidence } from '../../packages/core/src/pipelines/balena-os/gather-evidence.ts';
import { judgeEvidence } from '../../packages/core/src/pipelines/balena-os/judge-evidence.ts';
import { portsWith } from '../fakes/ports-with.ts';
import { createGitHistory } from '../servers/github/git-history.ts';
import { type GithubWorld, makeGithubWorld } from '../servers/github/make-github-world.ts';
import { runWorkflow } from '../servers/github/run-workflow.ts';

const config = parseConfig(
  {
    environments: {
      production: { balena: { host: 'balena-cloud.com' }, github: { 'wait-minutes': 10 } },
      staging: { balena: { host: 'balena-staging.com' } },
    },
    tests: { required: ['os'], matrix: [{ suite: 'os', lab: 'command', command: ['./test.sh'] }] },
  },
  { file: 'osrel.yml' },
);

const policy = evidencePolicyFor(config, 'raspberrypi5');

interface GatherChange {
  readonly waiting?: WaitForChecks;
  /** Called while somebody waits. */
  readonly onSleep?: () => void;
  readonly environment?: string;
}

/** Evidence of a tag on that commit, by a real git repository and a real client; and the verdict. */
async function gather({ host, repository, git, clock }: GithubWorld, sha: string, change: GatherChange = {}) {
  const watched: Clock = {
    now: clock.now,
    sleep: async (delayMs, signal) => {
      const slept = clock.sleep(delayMs, signal);
      if (delayMs === 30_000) change.onSleep?.();
      await slept;
    },
  };
  const environment = change.environment ?? 'production';
  const trigger = { kind: 'tag', repository, tag: 'v1.2.3', sha } as const;
  const waiting = change.waiting === undefined ? {} : { waiting: change.waiting };
  const evidence = await gatherEvidence(
    {
      sha,
      slug: 'raspberrypi5',
      otherSlugs: [],
      version: '1.2.3',
      repository,
      policy,
      request: { config, environment, trigger, ...waiting },
    },
    portsWith({
      clock: watched,
      codeHost: host,
      sourceRepository: createSourceRepository({ directory: git.directory }),
      testReceipts: { list: async () => ({ receipts: [], rejected: [] }) },
    }),
  );
  const now = clock.now();
  const verdict = judgeEvidence({ tests: config.tests, policy, evidence, manifestSha256: null, now });
  return { evidence, verdict };
}

describe('evidence from GitHub for a tag', () => {
  it('finds the tests of the pull request below the version commit', async () => {
    const world = await makeGithubWorld();
    const { headSha, mergeSha } = await world.merge(5);
    runWorkflow(world.state, { headSha, jobs: { os: 'success' } });
    const sha = await world.git.commit('main', 'v1.2.3', { path: 'VERSION' });
    const { evidence, verdict } = await gather(world, sha);
    expect(evidence).toMatchObject({ mergeCommit: { sha: mergeSha }, pullRequest: { number: 5 } });
    expect(verdict).toEqual({ kind: 'passed', because: 'os: success (pull request #5)' });
    expect(evidence.trace).toEqual([
      `${sha.slice(0, 9)} "v1.2.3" only declares a version`,
      `${mergeSha?.slice(0, 9)} "Merge pull request #5 from acme/topic-5" came with pull request #5`,
      `checks on pull request #5 (${headSha.slice(0, 9)}): os: success (check "os" in ci.yml (pull_request): success)`,
      `looked at 1 check runs, 0 statuses and 1 workflow runs of ${headSha.slice(0, 9)}`,
      `checks on the commit itself (${sha.slice(0, 9)}): none`,
      `looked at 0 check runs, 0 statuses and 0 workflow runs of ${sha.slice(0, 9)}`,
    ]);
  });

  it('ignores the first #N of the body, which is another pull request (W13)', async () => {
    const world = await makeGithubWorld();
    const other = await world.merge(3);
    runWorkflow(world.state, { headSha: other.headSha, jobs: { os: 'success' } });
    const sha = await world.git.commit('main', 'Update the kernel\n\nSee #3, and (#3)', { path: 'kernel' });
    const { evidence, verdict } = await gather(world, sha);
    expect(evidence.pullRequest).toBeNull();
    expect(verdict.kind).toBe('missing');
  });

  it('ignores a subject that names the pull request of another repository (W13)', async () => {
    const world = await makeGithubWorld();
    const own = await world.merge(3);
    runWorkflow(world.state, { headSha: own.headSha, jobs: { os: 'success' } });
    const sha = await world.git.commit('main', 'Update meta-balena to 6.5.1 (#3)', { path: 'layers' });
    expect((await gather(world, sha)).evidence.pullRequest).toBeNull();
  });

  it('lets the first tag of an ESR line inherit nothing from an older pull request (W14)', async () => {
    const world = await makeGithubWorld();
    const older = await world.merge(5);
    runWorkflow(world.state, { headSha: older.headSha, jobs: { os: 'success' } });
    await world.git.branch('2026.1.x', older.mergeSha ?? '');
    await world.git.commit('2026.1.x', 'Begin ESR line 2026.1', { path: 'repo.yml' });
    const sha = await world.git.commit('2026.1.x', 'v2026.1.0', { path: 'VERSION' });
    const { evidence, verdict } = await gather(world, sha);
    expect(evidence).toMatchObject({ pullRequest: null, checks: [] });
    expect(verdict.kind).toBe('missing');
  });

  it('finds a pull request of an ESR branch, which GitHub does not associate, by its subject', async () => {
    const world = await makeGithubWorld();
    const { sha } = await world.mergeUnseen(8);
    runWorkflow(world.state, {
      headSha: await world.git.tip('topic-8'),
      jobs: { os: 'success' },
    });
    const { evidence, verdict } = await gather(world, sha);
    expect(evidence.pullRequest?.number).toBe(8);
    expect(verdict.kind).toBe('passed');
  });

  it('takes the tests of the commit itself, but not against a failure of its pull request', async () => {
    const world = await makeGithubWorld();
    const { headSha, mergeSha } = await world.merge(5);
    runWorkflow(world.state, { headSha: mergeSha ?? '', event: 'push', jobs: { os: 'success' } });
    expect((await gather(world, mergeSha ?? '')).verdict.kind).toBe('passed');
    runWorkflow(world.state, { headSha, jobs: { os: 'failure' } });
    expect((await gather(world, mergeSha ?? '')).verdict.kind).toBe('failed');
  });

  it('asks nobody where the environment names no code host', async () => {
    const world = await makeGithubWorld();
    const { mergeSha } = await world.merge(5);
    const { evidence } = await gather(world, mergeSha ?? '', { environment: 'staging' });
    expect(evidence.trace).toEqual(['environment "staging" asks no code host (github: in osrel.yml)']);
    expect(world.server.requests).toEqual([]);
  });

  it('refuses a commit that was not pushed, instead of finding no tests', async () => {
    const world = await makeGithubWorld();
    const git = await createGitHistory();
    onTestFinished(git.remove);
    const sha = await git.commit('main', 'Not pushed yet');
    await expect(gather({ ...world, git }, sha)).rejects.toMatchObject({
      code: 'github.commit-unknown',
      kind: 'refused',
    });
  });
});

describe('waiting for checks at GitHub', () => {
  async function startRunning() {
    const world = await makeGithubWorld();
    const { headSha, mergeSha } = await world.merge(5);
    const workflow = runWorkflow(world.state, { headSha, jobs: { build: null } });
    return { world, workflow, sha: mergeSha ?? '' };
  }

  it('waits until the suite has ended, and says so', async () => {
    const { world, workflow, sha } = await startRunning();
    let sleeps = 0;
    const told: string[] = [];
    const { evidence, verdict } = await gather(world, sha, {
      waiting: { tell: (line) => told.push(line) },
      onSleep: () => {
        sleeps += 1;
        if (sleeps === 3) workflow.finish('os', 'success');
      },
    });
    expect(verdict.kind).toBe('passed');
    expect(evidence.trace.at(-1)).toBe('waited 1.5 min for checks that still ran');
    expect(told).toEqual(['waiting for checks, 10 min at most: os: still running (pull request #5)']);
  });

  it('asks only whether something changed, which costs nothing of the rate limit', async () => {
    const { world, workflow, sha } = await startRunning();
    let sleeps = 0;
    const onSleep = () => {
      sleeps += 1;
      if (sleeps === 4) workflow.finish('os', 'success');
    };
    await gather(world, sha, { onSleep });
    const looks = world.server.requests.filter(({ route }) => route.endsWith('/check-runs'));
    expect(looks.map(({ status }) => status).filter((status) => status === 304)).toHaveLength(
      looks.length - 3,
    );
  });

  it('gives up after the bound, and the verdict is not a success', async () => {
    const { world, sha } = await startRunning();
    const { evidence, verdict } = await gather(world, sha);
    expect(verdict.kind).toBe('pending');
    expect(evidence.trace.at(-1)).toBe('waited 10 min, then gave up: os: still running (pull request #5)');
  });

  it('does not wait for more once a suite has failed', async () => {
    const { world, workflow, sha } = await startRunning();
    const { verdict } = await gather(world, sha, { onSleep: () => workflow.finish('os', 'failure') });
    expect(verdict.kind).toBe('failed');
  });

  it('does not wait where a preview asks it not to', async () => {
    const { world, sha } = await startRunning();
    const { verdict } = await gather(world, sha, { waiting: { minutes: 0 } });
    expect(verdict.kind).toBe('pending');
    expect(world.clock.sleeps.filter((ms) => ms === 30_000)).toEqual([]);
  });

  it('ends with the signal', async () => {
    const { world, sha } = await startRunning();
    const stop = new AbortController();
    const reason = new Error('interrupted');
    const waiting = { signal: stop.signal };
    await expect(gather(world, sha, { waiting, onSleep: () => stop.abort(reason) })).rejects.toBe(reason);
  });
});
