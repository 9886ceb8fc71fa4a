import { describe, it } from 'vitest';
import { BASE, checkEvent, type EventCase, HEAD, MERGE, nothing, REPOSITORY } from './check-event.ts';

const ownPullRequest = {
  kind: 'pull-request',
  repository: REPOSITORY,
  number: 812,
  headSha: HEAD,
  sha: MERGE,
  headRef: 'fix-boot-order',
  baseRef: 'master',
  origin: 'own',
  carriesSecrets: false,
};
const forkPullRequest = { ...ownPullRequest, number: 820, headRef: 'patch-1', origin: 'fork' };
const PULL_REQUESTS: Readonly<Record<string, EventCase>> = {
  'builds an opened pull request at its merge preview': {
    event: 'pull_request',
    payload: 'pull-request-opened',
    trigger: { ...ownPullRequest, title: 'Fix the boot order on CM4' },
    trace: 'merge preview',
  },
  'builds the head where there is no merge preview': {
    event: 'pull_request',
    payload: 'pull-request-opened',
    environment: { GITHUB_SHA: '' },
    trigger: { sha: HEAD },
    trace: '(head)',
  },
  'builds new commits': {
    event: 'pull_request',
    payload: 'pull-request-synchronize',
    trigger: ownPullRequest,
  },
  'builds a pull request onto an ESR branch': {
    event: 'pull_request',
    payload: 'pull-request-esr-branch',
    trigger: { ...ownPullRequest, number: 815, baseRef: '2026.7.x' },
  },
  'builds a draft pull request': {
    event: 'pull_request',
    payload: 'pull-request-draft',
    trigger: ownPullRequest,
  },
  'builds one that is ready for review': {
    event: 'pull_request',
    payload: 'pull-request-ready',
    trigger: ownPullRequest,
  },
  'builds when the base branch was changed': {
    event: 'pull_request',
    payload: 'pull-request-edited-base',
    trigger: ownPullRequest,
  },
  "builds a bot's branch": {
    event: 'pull_request',
    payload: 'pull-request-bot',
    trigger: { ...ownPullRequest, headRef: 'renovate/meta-balena-6.x' },
  },
  'does nothing when only the title was edited': {
    event: 'pull_request',
    payload: 'pull-request-edited-title',
    trigger: nothing('only its text was edited'),
  },
  'does nothing for a label': {
    event: 'pull_request',
    payload: 'pull-request-labeled',
    trigger: nothing('"labeled" changes no commit'),
  },
  'leaves a merged pull request to its tag': {
    event: 'pull_request',
    payload: 'pull-request-closed-merged',
    trigger: nothing('merged: the tag of its version releases it'),
  },
  'does nothing for one that was closed without merge': {
    event: 'pull_request',
    payload: 'pull-request-closed-unmerged',
    trigger: nothing('closed without merge'),
  },
  'builds a fork without secrets': {
    event: 'pull_request',
    payload: 'pull-request-fork',
    trigger: { ...forkPullRequest, carriesSecrets: false },
    trace: 'a fork is built without credentials',
  },
  'takes a deleted fork for a fork': {
    event: 'pull_request',
    payload: 'pull-request-fork-deleted',
    trigger: forkPullRequest,
    trace: 'a deleted fork',
  },
  'does not take another spelling of the same repository for a fork': {
    event: 'pull_request',
    payload: 'pull-request-opened',
    change: { 'pull_request.head.repo.full_name': 'Balena-OS/balena-raspberrypi' },
    trigger: ownPullRequest,
  },
  'keeps a title on one line': {
    event: 'pull_request',
    payload: 'pull-request-opened',
    change: { 'pull_request.title': 'Fix\n::error::it\u001b[31m' },
    trigger: { title: 'Fix ::error::it [31m' },
  },
  'leaves an own branch to the pull_request event': {
    event: 'pull_request_target',
    payload: 'pull-request-opened',
    trigger: nothing('own branch: handled by the pull_request event'),
  },
  "builds a fork's head with secrets in reach on pull_request_target": {
    event: 'pull_request_target',
    payload: 'pull-request-fork',
    environment: { GITHUB_SHA: BASE },
    trigger: { ...forkPullRequest, sha: HEAD, carriesSecrets: true },
    trace: 'the event carries secrets',
  },
  'takes a deleted fork for a fork on pull_request_target': {
    event: 'pull_request_target',
    payload: 'pull-request-fork-deleted',
    trigger: { origin: 'fork', carriesSecrets: true, sha: HEAD },
  },
  'does nothing for a closed fork on pull_request_target': {
    event: 'pull_request_target',
    payload: 'pull-request-fork',
    change: { action: 'closed', 'pull_request.merged': true },
    trigger: nothing('merged'),
  },
};

describe('an event of a pull request', () => {
  it.each(Object.entries(PULL_REQUESTS))('%s', (_, example) => checkEvent(example));
});
