import { describe, expect, it } from 'vitest';
import type { TestsConfig } from '../../config/config.ts';
import type { TestReceipt } from '../../model/evidence.ts';
import type { CheckRun, RunConclusion } from '../../ports/code-host.ts';
import { decideFinalization, judgeEvidence, listTestEntries } from './finalization.ts';

const entry = { lab: 'command', worker: 'local' } as const;
const tests: TestsConfig = {
  required: ['os'],
  matrix: [
    { ...entry, id: 'os', suite: 'os' },
    { ...entry, id: 'os-secure', suite: 'os' },
    { ...entry, id: 'cloud', suite: 'cloud' },
  ],
  matrixIsConfigured: true,
  finalizeWhenPassed: true,
};
const THESE = 'a'.repeat(64);

function check(name: string, conclusion: RunConclusion | null): CheckRun {
  return {
    repository: 'acme/device',
    headSha: 'b'.repeat(40),
    slug: 'raspberrypi5',
    name,
    status: conclusion === null ? 'running' : 'completed',
    conclusion,
    summary: '',
    updatedAt: '2026-11-21T04:00:00.000Z',
  };
}

function receipt(suite: string, change: Partial<TestReceipt> = {}): TestReceipt {
  return {
    schemaVersion: 1,
    planId: 'c'.repeat(64),
    suite,
    lab: 'command',
    slug: 'raspberrypi5',
    version: '6.5.1',
    sourceSha: 'b'.repeat(40),
    manifestSha256: THESE,
    verdict: 'passed',
    counts: { passed: 3, failed: 0, skipped: 0 },
    finishedAt: '2026-11-21T04:00:00.000Z',
    ...change,
  };
}

function judge(checks: readonly CheckRun[], receipts: readonly TestReceipt[] = []) {
  const evidence = { mergeCommit: null, pullRequest: null, checks, receipts, trace: [] };
  return judgeEvidence({ tests, evidence, manifestSha256: THESE });
}

describe('the verdict of the evidence', () => {
  it('is passed when every entry of a required suite succeeded', () => {
    expect(judge([check('os', 'success'), check('os-secure', 'success')]).kind).toBe('passed');
    expect(judge([check('os', 'success')])).toMatchObject({ kind: 'missing' });
  });

  it.each([
    ['cancelled', 'missing'],
    ['skipped', 'missing'],
    ['neutral', 'missing'],
    ['action-required', 'missing'],
    ['startup-failure', 'missing'],
    ['stale', 'missing'],
    ['other', 'missing'],
    ['timed-out', 'failed'],
    ['failure', 'failed'],
    [null, 'pending'],
  ] as const)('is never passed by a run that ended as %s: %s (W13)', (conclusion, kind) => {
    expect(judge([check('os', conclusion), check('os-secure', 'success')]).kind).toBe(kind);
  });

  it('lets a success stand beside a run that has not ended, and never beside a failure', () => {
    const secure = check('os-secure', 'success');
    expect(judge([check('os', 'success'), check('os', null), secure]).kind).toBe('passed');
    expect(judge([check('os', 'success'), check('os', 'failure'), secure]).kind).toBe('failed');
    expect(judge([check('os', 'skipped'), check('os', null), secure]).kind).toBe('pending');
  });

  it('takes a test of other bytes for no test of these (W11)', () => {
    const other = receipt('os', { manifestSha256: 'd'.repeat(64) });
    expect(judge([], [other, receipt('os-secure')]).kind).toBe('missing');
    expect(judge([], [receipt('os'), receipt('os-secure')]).kind).toBe('passed');
  });

  it('prefers what these very bytes did to what a pull request did (W11)', () => {
    const green = [check('os', 'success'), check('os-secure', 'success')];
    expect(judge(green, [receipt('os', { verdict: 'failed' })]).kind).toBe('failed');
  });
});

describe('finalization', () => {
  const evidence = { mergeCommit: null, pullRequest: null, checks: [], receipts: [], trace: [] };
  const question = { tests, evidence, manifestSha256: null, force: null, testsRunFirst: false };

  it('stays with a draft without evidence, and says what would change that (W12)', () => {
    expect(decideFinalization(question)).toMatchObject({
      outcome: 'draft',
      because: expect.stringContaining('os: no run was found'),
      change: expect.stringContaining('--force-finalize'),
    });
  });

  it('may be forced, and keeps the reason (W12)', () => {
    expect(decideFinalization({ ...question, force: { reason: 'rig is broken' } })).toMatchObject({
      outcome: 'final',
      record: 'rig is broken',
    });
  });
});

describe('what a code host is asked about', () => {
  it('is every entry of the matrix, and required suites that no entry runs', () => {
    expect(listTestEntries({ matrix: tests.matrix, required: ['os', 'hup'] })).toEqual([
      { id: 'os', suite: 'os' },
      { id: 'os-secure', suite: 'os' },
      { id: 'cloud', suite: 'cloud' },
      { id: 'hup', suite: 'hup' },
    ]);
  });
});
