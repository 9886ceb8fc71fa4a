import { describe, expect, it } from 'vitest';
import { type GithubEvent, githubEnvironment } from './github-event.ts';
import { documentOf, osrel } from './osrel-process.ts';
import { readTree } from './read-tree.ts';
import { makeTinyCheckout, type TinyOptions, WITH_SMOKE } from './tiny-checkout.ts';

interface EventCase extends GithubEvent {
  readonly checkout?: TinyOptions;
  /** Stages that run. */
  readonly runs: readonly string[];
  /** Words of the decisions. */
  readonly because: readonly string[];
}

const ALL_BUT_TESTS = ['build', 'deploy', 'finalize'];
const CASES: Readonly<Record<string, EventCase>> = {
  'an own pull request builds, tests and makes a draft': {
    name: 'pull_request',
    payload: 'pull-request-opened',
    runs: ['build', 'test', 'deploy'],
    because: ['pull request #812: finalize-hostapp is no', 'pull request #812: deploy-s3 is no'],
  },
  "a fork's pull request builds and tests and deploys nothing": {
    name: 'pull_request',
    payload: 'pull-request-fork',
    runs: ['build', 'test'],
    because: ["a fork's pull request never sees deploy credentials"],
  },
  'pull_request_target leaves own branches to pull_request': {
    name: 'pull_request_target',
    payload: 'pull-request-opened',
    runs: [],
    because: ['own branch: handled by the pull_request event'],
  },
  'a closed pull request is left to its tag': {
    name: 'pull_request',
    payload: 'pull-request-closed-merged',
    runs: [],
    because: ['merged: the tag of its version releases it'],
  },
  'a tag without evidence is deployed and stays a draft': {
    name: 'push',
    payload: 'push-tag',
    change: { ref: 'refs/tags/v6.5.1' },
    ref: 'refs/tags/v6.5.1',
    runs: ['build', 'deploy'],
    because: ['smoke: no run was found'],
  },
  'an ESR tag without evidence rotates nothing': {
    name: 'push',
    payload: 'push-tag',
    change: { ref: 'refs/tags/v2026.7.0' },
    ref: 'refs/tags/v2026.7.0',
    checkout: { version: '2026.7.0' },
    runs: ['build', 'deploy'],
    because: ['a draft never rotates ESR tags'],
  },
  'a deleted tag does nothing': {
    name: 'push',
    payload: 'push-tag-deleted',
    runs: [],
    because: ['deleted'],
  },
  'a push to a branch does nothing': {
    name: 'push',
    payload: 'push-branch',
    runs: [],
    because: ['its tag releases it'],
  },
  'a timer builds and tests': {
    name: 'schedule',
    payload: 'schedule',
    runs: ['build', 'test'],
    because: ['schedule: deploy-hostapp is no'],
  },
  'a start by hand without inputs builds': {
    name: 'workflow_dispatch',
    payload: 'workflow-dispatch-no-inputs',
    runs: ['build'],
    because: ['not asked for (input deploy-hostapp)'],
  },
  'a start by hand with force-finalize makes a final release': {
    name: 'workflow_dispatch',
    payload: 'workflow-dispatch-force',
    runs: ALL_BUT_TESTS,
    because: ['forced'],
  },
};

describe('osrel auto --dry-run --json', () => {
  it.each(Object.entries(CASES))('%s', async (_, example) => {
    const checkout = await makeTinyCheckout({ osrelYml: WITH_SMOKE, ...example.checkout });
    const sha = checkout.head();
    // The commit of the event is the one that is checked out, wherever the payload names it.
    const shaKeys =
      example.name === 'push' && example.payload !== 'push-tag-deleted'
        ? { after: sha, 'head_commit.id': sha }
        : {};
    const env = await githubEnvironment(checkout, { ...example, change: { ...example.change, ...shaKeys } });
    const before = await readTree(checkout.path);
    const spoken = await osrel(checkout.path, ['auto', '--dry-run', '--json', '--env', 'local'], { env });
    expect(spoken.exitCode, spoken.stderr).toBe(0);
    const answer = documentOf(spoken);
    const reasons = answer.decisions.map((each: { outcome: string; because: string }) => [
      each.outcome,
      each.because,
    ]);
    for (const words of example.because) expect(JSON.stringify(reasons)).toContain(words);
    expect(Object.keys(answer.stages).filter((stage) => answer.stages[stage] === 'run')).toEqual(
      example.runs,
    );
    expect(await readTree(checkout.path)).toEqual(before);
  });

  it('plans no deploy for a fork whose event carries secrets, and prints none of them', async () => {
    const checkout = await makeTinyCheckout({ osrelYml: WITH_SMOKE });
    const env = await githubEnvironment(checkout, {
      name: 'pull_request_target',
      payload: 'pull-request-fork',
      change: { 'pull_request.head.sha': checkout.head() },
    });
    const spoken = await osrel(checkout.path, ['auto', '--dry-run', '--json'], {
      env: { ...env, BALENA_API_DEPLOY_KEY: 'a-key-that-deploys' },
    });
    expect(spoken.exitCode, spoken.stderr).toBe(0);
    expect(documentOf(spoken).stages).toMatchObject({ deploy: 'skip', finalize: 'skip' });
    expect(spoken.stdout + spoken.stderr).not.toContain('a-key-that-deploys');
  });

  it('says how to get the commit of an event that the checkout does not have', async () => {
    const checkout = await makeTinyCheckout({ version: '6.5.1' });
    const change = { ref: 'refs/tags/v6.5.1' };
    const env = await githubEnvironment(checkout, { name: 'push', payload: 'push-tag', change });
    const spoken = await osrel(checkout.path, ['auto', '--json'], { env });
    expect(spoken.exitCode).toBe(2);
    expect(documentOf(spoken).error).toMatchObject({
      code: 'repository.commit-missing',
      hint: expect.stringContaining('git fetch'),
    });
  });

  it('refuses an event that nobody planned for with 2 and names the known ones', async () => {
    const checkout = await makeTinyCheckout();
    const env = await githubEnvironment(checkout, { name: 'watch', payload: 'repository-dispatch' });
    const spoken = await osrel(checkout.path, ['auto', '--dry-run', '--json'], { env });
    expect(spoken.exitCode).toBe(2);
    expect(documentOf(spoken)).toMatchObject({
      schemaVersion: 1,
      error: { code: 'ci.event-unknown', exitCode: 2, hint: expect.stringContaining('workflow_dispatch') },
    });
    expect(spoken.stderr).toContain('watch');
  });
});
