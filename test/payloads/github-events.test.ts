import { describe, expect, it } from 'vitest';
import { BASE, checkEvent, type EventCase, nothing, REPOSITORY, TAGGED } from './check-event.ts';

const tag = (name: string) => ({ kind: 'tag', repository: REPOSITORY, tag: name, sha: TAGGED });
const manual = (request: Readonly<Record<string, unknown>>, ref = 'refs/heads/master') => ({
  kind: 'manual',
  repository: REPOSITORY,
  ref,
  sha: BASE,
  actor: 'maintainer-one',
  request: { forceFinalize: false, ...request },
});

const PUSHES: Readonly<Record<string, EventCase>> = {
  'releases a version tag': { event: 'push', payload: 'push-tag', trigger: tag('v6.5.1') },
  'releases a revision': { event: 'push', payload: 'push-tag-revision', trigger: tag('v6.5.1+rev2') },
  'releases an ESR version': { event: 'push', payload: 'push-tag-esr', trigger: tag('v2026.7.0') },
  'takes the commit of an annotated tag, not the tag object': {
    event: 'push',
    payload: 'push-tag-annotated',
    trigger: tag('v6.5.2'),
    trace: '(head_commit)',
  },
  'takes GITHUB_SHA where the payload has no commit': {
    event: 'push',
    payload: 'push-tag-annotated',
    change: { head_commit: null },
    environment: { GITHUB_SHA: TAGGED },
    trigger: tag('v6.5.2'),
    trace: '(GITHUB_SHA)',
  },
  'says when GITHUB_SHA is another commit': {
    event: 'push',
    payload: 'push-tag',
    environment: { GITHUB_SHA: BASE },
    trigger: tag('v6.5.1'),
    trace: 'differs: the payload counts',
  },
  'releases a tag that was moved and says so': {
    event: 'push',
    payload: 'push-tag-forced',
    trigger: tag('v6.5.1'),
    trace: 'forced: it pointed to 0bd93a7e',
  },
  'does nothing for a deleted tag': {
    event: 'push',
    payload: 'push-tag-deleted',
    trigger: nothing('tag v6.5.1 was deleted'),
  },
  'names the accepted forms for a tag that is no version': {
    event: 'push',
    payload: 'push-tag-not-a-version',
    trigger: nothing('accepted are vM.m.p, vM.m.p+revN or, for an ESR, vYYYY.M.P'),
  },
  'says why a year-like tag is no ESR version': {
    event: 'push',
    payload: 'push-tag-esr-wrong-month',
    trigger: nothing('the month of an ESR version is 1, 4, 7 or 10, not 3'),
  },
  'needs the v of a version tag': {
    event: 'push',
    payload: 'push-tag',
    change: { ref: 'refs/tags/6.5.1' },
    trigger: nothing('a version tag starts with "v"'),
  },
  'reads a push to a branch': {
    event: 'push',
    payload: 'push-branch',
    trigger: { kind: 'branch', repository: REPOSITORY, branch: 'master', sha: TAGGED },
  },
  'does nothing for a deleted branch': {
    event: 'push',
    payload: 'push-branch-deleted',
    trigger: nothing('branch fix-boot-order was deleted'),
  },
};

const OTHERS: Readonly<Record<string, EventCase>> = {
  'takes the environment of a dispatch as a wish to deploy there': {
    event: 'workflow_dispatch',
    payload: 'workflow-dispatch-defaults',
    trigger: manual({ deployHostapp: true, deployStore: true, environment: 'balena-staging.com' }),
    trace: 'asks for deploy-hostapp and deploy-s3',
  },
  'reads inputs that are texts': {
    event: 'workflow_dispatch',
    payload: 'workflow-dispatch-strings',
    trigger: manual({ runTests: true, deployHostapp: false }),
  },
  'reads a forced finalization with its reason': {
    event: 'workflow_dispatch',
    payload: 'workflow-dispatch-force',
    trigger: manual({
      forceFinalize: true,
      deployHostapp: true,
      deployStore: true,
      reason: 'rig down, tested by hand',
      environment: 'balena-cloud.com',
    }),
  },
  'asks for nothing without inputs': {
    event: 'workflow_dispatch',
    payload: 'workflow-dispatch-no-inputs',
    trigger: manual({}),
  },
  'keeps the tag that a dispatch runs on': {
    event: 'workflow_dispatch',
    payload: 'workflow-dispatch-esr-tag',
    trigger: manual(
      { deployHostapp: true, deployStore: true, environment: 'balena-cloud.com' },
      'refs/tags/v2026.7.0',
    ),
  },
  'takes a test matrix as a wish for tests': {
    event: 'workflow_dispatch',
    payload: 'workflow-dispatch-matrix',
    trigger: manual({ runTests: true }),
    trace: 'asks for os, hup',
  },
  'takes an empty test matrix as a no': {
    event: 'workflow_dispatch',
    payload: 'workflow-dispatch-matrix-none',
    trigger: { request: expect.objectContaining({ runTests: false, deployHostapp: true }) },
    trace: 'run-tests=false',
  },
  'reads a timer': {
    event: 'schedule',
    payload: 'schedule',
    trigger: { kind: 'schedule', repository: REPOSITORY, ref: 'refs/heads/master', sha: BASE },
    trace: 'timer "0 0 2 */3 *"',
  },
  'takes the repository of a timer from the environment where the payload has none': {
    event: 'schedule',
    payload: 'schedule',
    change: { repository: undefined },
    trigger: { kind: 'schedule', repository: REPOSITORY },
  },
  'leaves a merge queue to the pull requests in it': {
    event: 'merge_group',
    payload: 'merge-group',
    trigger: nothing('merge queue'),
  },
  "leaves a release page to the tag's push": {
    event: 'release',
    payload: 'release-published',
    trigger: nothing("the tag's push releases it"),
  },
  'leaves a created tag to its push': {
    event: 'create',
    payload: 'create-tag',
    trigger: nothing('tag v6.5.1 was created: the push event'),
  },
  'does nothing for a deleted ref': {
    event: 'delete',
    payload: 'delete-branch',
    trigger: nothing('branch fix-boot-order was deleted'),
  },
};

describe('a push', () => {
  it.each(Object.entries(PUSHES))('%s', (_, example) => checkEvent(example));
});

describe('any other event', () => {
  it.each(Object.entries(OTHERS))('%s', (_, example) => checkEvent(example));
});
