import { generateKeyPairSync } from 'node:crypto';
import { createGithubCodeHost, type GithubCodeHostOptions, type GithubCredential } from '@osrel/adapters';
import type { PullRequest } from '@osrel/core';
import { expect, onTestFinished } from 'vitest';
import type { CodeHostWorld } from '../../contracts/code-host.ts';
import { createFixedClock, type FixedClock } from '../../fakes/fixed-clock.ts';
import { createGitHistory, type GitHistory } from './git-history.ts';
import { ACTIONS_APP, createGithubState, type GithubState, type Grant } from './github-state.ts';
import { type GithubServer, startGithub } from './start-github.ts';

export interface GithubWorld extends CodeHostWorld {
  readonly git: GitHistory;
  readonly state: GithubState;
  readonly server: GithubServer;
  readonly clock: FixedClock;
  /** Another client of the same server. */
  readonly connect: (change: Partial<GithubCodeHostOptions>) => CodeHostWorld['host'];
  /** A token that may do what is given. */
  readonly grant: (token: string, grant: Partial<Grant>) => GithubCredential;
  /** A GitHub App that is installed in the repository. */
  readonly installApp: () => GithubCredential;
}

export interface GithubWorldOptions {
  readonly isPrivate?: boolean;
  readonly credential?: 'workflow-token' | 'app' | 'nobody';
}

const EVERYTHING: Grant['permissions'] = {
  'Pull requests': 'read',
  Checks: 'write',
  'Commit statuses': 'write',
  Actions: 'read',
};

const APP_ID = 4_711;

/** A repository at the double, with a client; the test fails when either side contradicts GitHub's description. */
export async function makeGithubWorld(options: GithubWorldOptions = {}): Promise<GithubWorld> {
  const git = await createGitHistory();
  await git.commit('main', 'Begin');
  const state = createGithubState({ repository: 'acme/device', git, isPrivate: options.isPrivate ?? false });
  const server = await startGithub(state);
  onTestFinished(async () => {
    await server.stop();
    await git.remove();
    expect(server.contradictions).toEqual([]);
  });
  const clock = createFixedClock({ start: '2026-11-21T06:00:00.000Z' });
  const grant: GithubWorld['grant'] = (token, change) => {
    state.tokens.set(token, { kind: 'user', appId: 0, permissions: EVERYTHING, ...change });
    return { kind: 'token', token, from: 'GITHUB_TOKEN' };
  };
  const installApp = (): GithubCredential => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const permissions = EVERYTHING;
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    state.apps.push({ id: APP_ID, publicKey: pem, installationId: 99, permissions });
    const key = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
    return { kind: 'app', appId: `${APP_ID}`, privateKey: key, from: 'APP_ID and APP_KEY' };
  };
  const credentialOf = (): GithubCredential => {
    if (options.credential === 'nobody') return { kind: 'nobody', from: 'GITHUB_TOKEN' };
    if (options.credential === 'app') return installApp();
    return grant('ghs_workflow', { kind: 'installation', appId: ACTIONS_APP });
  };
  const credential = credentialOf();
  const connect: GithubWorld['connect'] = (change) =>
    createGithubCodeHost({
      api: server.api,
      readCredential: () => credential,
      checks: {},
      ownRunId: null,
      clock,
      ...change,
    });
  const world = { git, state, server, clock, connect, grant, installApp, repository: state.repository };
  return { ...world, host: connect({}), ...pullRequestsIn(git, state) };
}

function pullRequestsIn(git: GitHistory, state: GithubState) {
  const open = async (number: number, headSha?: string, baseRef = 'main'): Promise<PullRequest> => {
    const headRef = `topic-${number}`;
    const baseSha = await git.tip(baseRef);
    const path = `change-${number}`;
    const head = headSha ?? (await git.commit(headRef, `Change ${number}`, { from: baseSha, path }));
    const title = `Change ${number}`;
    const stored = { number, title, headRef, headSha: head, baseRef, baseSha, mergeSha: null };
    state.pullRequests.push(headSha === undefined ? stored : { ...stored, baseSha: await git.tip('main') });
    return { number, headSha: head, headRef, baseRef, title, mergeSha: null };
  };
  const mergeInto = async (number: number, branch: string): Promise<PullRequest> => {
    const opened = await open(number, undefined, branch);
    const mergeSha = await git.merge(
      branch,
      opened.headSha,
      `Merge pull request #${number} from acme/${opened.headRef}`,
    );
    const index = state.pullRequests.findIndex((each) => each.number === number);
    const stored = state.pullRequests[index];
    if (stored !== undefined) state.pullRequests[index] = { ...stored, mergeSha };
    return { ...opened, mergeSha };
  };
  return {
    open: (number: number, headSha?: string) => open(number, headSha),
    merge: (number: number) => mergeInto(number, 'main'),
    commit: () => git.commit('main', 'Update something', { path: 'something' }),
    // GitHub associates merged pull requests with commits of the default branch only.
    mergeUnseen: async (number: number) => {
      const parent = await git.tip('main');
      await git.branch('2026.1.x', parent);
      const { mergeSha, headSha } = await mergeInto(number, '2026.1.x');
      return { sha: mergeSha ?? '', parents: [parent, headSha] };
    },
  };
}
