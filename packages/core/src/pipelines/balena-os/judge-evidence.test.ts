import { describe, expect, it } from 'vitest';
import type { EvidencePolicy } from '../../config/tests-config.ts';
import type { RejectedReceipt, TestReceipt } from '../../model/evidence.ts';
import { sampleReceipt } from '../../model/test-sample-receipt.ts';
import type { CheckRun, RunConclusion } from '../../ports/code-host.ts';
import { judgeEvidence, listTestEntries } from './judge-evidence.ts';

const entry = { lab: 'command', worker: 'local' } as const;
const matrix = [
  { ...entry, id: 'os', suite: 'os' },
  { ...entry, id: 'os-secure', suite: 'os' },
  { ...entry, id: 'cloud', suite: 'cloud' },
];
const THESE = 'a'.repeat(64);
const OTHERS = 'd'.repeat(64);
const NOW = '2026-11-21T08:00:00.000Z';
const LONG_AGO = '2026-11-01T08:00:00.000Z';

function check(name: string, conclusion: RunConclusion | null, change: Partial<CheckRun> = {}): CheckRun {
  return {
    repository: 'acme/device',
    headSha: 'b'.repeat(40),
    slug: 'raspberrypi5',
    name,
    status: conclusion === null ? 'running' : 'completed',
    conclusion,
    summary: '',
    updatedAt: '2026-11-21T04:00:00.000Z',
    ...change,
  };
}

const receipt = (id: string, change: Partial<TestReceipt> = {}) =>
  sampleReceipt({ entry: id, manifestSha256: THESE, ...change });

const rejected = (defect: RejectedReceipt['defect'], of: string | null = 'cloud'): RejectedReceipt => ({
  name: 'cloud-0123456789abcdef.json',
  entry: of,
  defect,
  because: `it is ${defect}`,
});

interface Known {
  readonly checks?: readonly CheckRun[];
  readonly receipts?: readonly TestReceipt[];
  readonly rejected?: readonly RejectedReceipt[];
  readonly policy?: Partial<EvidencePolicy>;
  readonly manifestSha256?: string | null;
}

/** Judges suite os, whose two entries both have to pass; `cloud` has one. */
function judge(known: Known, suite = 'os') {
  const { checks = [], receipts = [], policy = {}, manifestSha256 = THESE } = known;
  return judgeEvidence({
    tests: { matrix },
    policy: { required: [suite], minimum: {}, maxAgeDays: null, ...policy },
    evidence: {
      mergeCommit: null,
      pullRequest: null,
      checks,
      receipts,
      rejected: known.rejected ?? [],
      trace: [],
    },
    manifestSha256,
    now: NOW,
  });
}

const judgeCloud = (known: Known) => judge(known, 'cloud');

describe('checks', () => {
  it('prove a suite when every entry of it succeeded', () => {
    expect(judge({ checks: [check('os', 'success'), check('os-secure', 'success')] }).kind).toBe('passed');
    expect(judge({ checks: [check('os', 'success')] })).toMatchObject({ kind: 'missing' });
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
  ] as const)('never prove anything when they ended as %s: %s (W13)', (conclusion, kind) => {
    expect(judge({ checks: [check('os', conclusion), check('os-secure', 'success')] }).kind).toBe(kind);
  });

  it('let a success stand beside a run that has not ended, and never beside a failure', () => {
    const secure = check('os-secure', 'success');
    const kindOf = (...checks: CheckRun[]) => judge({ checks: [...checks, secure] }).kind;
    expect(kindOf(check('os', 'success'), check('os', null))).toBe('passed');
    expect(kindOf(check('os', 'success'), check('os', 'failure'))).toBe('failed');
    expect(kindOf(check('os', 'skipped'), check('os', null))).toBe('pending');
  });

  it('prove no number of tests', () => {
    const verdict = judgeCloud({ checks: [check('cloud', 'success')], policy: { minimum: { cloud: 3 } } });
    expect(verdict).toEqual({
      kind: 'too-few',
      because:
        'cloud: success, but a check does not count tests, and 3 must have passed: only a receipt proves that',
    });
    expect(
      judgeCloud({ checks: [check('cloud', 'success')], policy: { minimum: { cloud: 1, os: 9 } } }).kind,
    ).toBe('passed');
  });

  it('prove nothing when they are too old', () => {
    const checks = [check('cloud', 'success', { updatedAt: LONG_AGO })];
    expect(judgeCloud({ checks, policy: { maxAgeDays: 20 } }).kind).toBe('passed');
    expect(judgeCloud({ checks, policy: { maxAgeDays: 19.5 } })).toEqual({
      kind: 'stale',
      because: 'cloud: success, but that was 20 days ago (2026-11-01), and 19.5 days is the limit',
    });
    const undated = [check('cloud', 'success', { updatedAt: '' })];
    expect(judgeCloud({ checks: undated, policy: { maxAgeDays: 19.5 } }).kind).toBe('stale');
  });
});

describe('receipts', () => {
  it('of other bytes are no test of these (W11), and that is told', () => {
    const others = [receipt('os', { manifestSha256: OTHERS }), receipt('os-secure')];
    expect(judge({ receipts: others })).toEqual({
      kind: 'other-bytes',
      because: 'os: passed, but on other bytes: manifest ddddddddd, these are aaaaaaaaa',
    });
    expect(judge({ receipts: [receipt('os'), receipt('os-secure')] }).kind).toBe('passed');
    expect(judge({ receipts: others, manifestSha256: null }).kind).toBe('missing');
  });

  it('of these very bytes go before the checks of a pull request (W11)', () => {
    const checks = [check('os', 'success'), check('os-secure', 'success')];
    expect(judge({ checks, receipts: [receipt('os', { verdict: 'failed' })] })).toMatchObject({
      kind: 'failed',
      because: expect.stringContaining('os: failed on these very bytes (3 passed, 0 failed)'),
    });
    const nothing = { counts: { passed: 0, failed: 0, skipped: 2, waived: 0 } };
    expect(judge({ checks, receipts: [receipt('os', nothing)] }).kind).toBe('too-few');
    expect(judge({ checks, receipts: [receipt('os', { ...nothing, verdict: 'nothing-tested' })] }).kind).toBe(
      'failed',
    );
    expect(judge({ checks, receipts: [receipt('os', { manifestSha256: OTHERS })] }).kind).toBe('passed');
  });

  it('of a rig or an infrastructure that failed say nothing about the bytes', () => {
    const broken = receipt('cloud', { verdict: 'rig-failure', because: 'no answer' });
    expect(judgeCloud({ receipts: [broken] })).toMatchObject({
      kind: 'missing',
      because: 'cloud: rig-failure on these very bytes, which proves nothing (no answer)',
    });
    expect(judgeCloud({ receipts: [broken, receipt('cloud')] }).kind).toBe('passed');
    expect(judgeCloud({ receipts: [broken], checks: [check('cloud', 'success')] }).kind).toBe('passed');
  });

  it('have to count as many tests as are asked for; a waived one counts, when others passed', () => {
    const counted = (passed: number, waived: number) =>
      judgeCloud({
        receipts: [receipt('cloud', { counts: { passed, failed: 0, skipped: 0, waived } })],
        policy: { minimum: { cloud: 3 } },
        checks: [check('cloud', 'success')],
      });
    expect(counted(3, 0).kind).toBe('passed');
    expect(counted(2, 1).kind).toBe('passed');
    expect(counted(0, 3).kind).toBe('too-few');
    expect(counted(2, 0)).toMatchObject({
      kind: 'too-few',
      because: 'cloud: passed on these very bytes (2 passed, 0 failed), and 3 must have passed',
    });
  });

  it('never prove what failed, whatever their verdict says', () => {
    const counts = { passed: 3, failed: 1, skipped: 0, waived: 0 };
    expect(judgeCloud({ receipts: [receipt('cloud', { counts })] }).kind).toBe('failed');
  });

  it('name the waivers that they needed, and prove nothing once those are over', () => {
    const waiver = { test: 'boot > quiet', tracker: 'acme#7', owner: 'ada', expires: '2026-11-21' };
    const counts = { passed: 3, failed: 0, skipped: 0, waived: 1 };
    expect(judgeCloud({ receipts: [receipt('cloud', { counts, waivers: [waiver] })] })).toEqual({
      kind: 'passed',
      because:
        'cloud: passed on these very bytes (3 passed, 0 failed, 1 waived: "boot > quiet" (acme#7, ada))',
    });
    const over = { ...waiver, expires: '2026-11-20' };
    expect(judgeCloud({ receipts: [receipt('cloud', { counts, waivers: [over] })] })).toMatchObject({
      kind: 'failed',
      because: expect.stringContaining('"boot > quiet" (acme#7, ada) expired on 2026-11-20'),
    });
  });

  it('prove nothing when they are too old, but a fresh check still does', () => {
    const receipts = [receipt('cloud', { finishedAt: LONG_AGO })];
    const policy = { maxAgeDays: 1 };
    expect(judgeCloud({ receipts, policy })).toMatchObject({
      kind: 'stale',
      because: expect.stringContaining('that was 20 days ago (2026-11-01), and 1 day is the limit'),
    });
    expect(judgeCloud({ receipts, policy, checks: [check('cloud', 'success')] }).kind).toBe('passed');
  });
});

describe('receipts that do not count', () => {
  it.each([
    ['altered', 'forged'],
    ['untrusted-key', 'untrusted'],
    ['unsigned', 'untrusted'],
    ['malformed', 'missing'],
  ] as const)('are told when nothing else proves the suite: %s is %s', (defect, kind) => {
    expect(judgeCloud({ rejected: [rejected(defect)] })).toMatchObject({
      kind,
      because: expect.stringContaining(
        `cloud: receipt cloud-0123456789abcdef.json does not count: it is ${defect}`,
      ),
    });
  });

  it('hold nothing up beside one that counts', () => {
    const all = (['altered', 'untrusted-key', 'unsigned', 'malformed'] as const).map((each) =>
      rejected(each),
    );
    expect(judgeCloud({ receipts: [receipt('cloud')], rejected: all }).kind).toBe('passed');
  });

  it('hold nothing up beside a check that succeeded, unless somebody altered them', () => {
    const checks = [check('cloud', 'success')];
    for (const defect of ['untrusted-key', 'unsigned', 'malformed'] as const)
      expect(judgeCloud({ checks, rejected: [rejected(defect)] }).kind).toBe('passed');
    expect(judgeCloud({ checks, rejected: [rejected('altered')] }).kind).toBe('forged');
    expect(judgeCloud({ checks, rejected: [rejected('altered', null)] }).kind).toBe('forged');
    expect(judgeCloud({ checks, rejected: [rejected('altered', 'os')] }).kind).toBe('passed');
  });
});

describe('the verdict over all required suites', () => {
  it('is that of the worst', () => {
    const verdict = judgeEvidence({
      tests: { matrix },
      policy: { required: ['os', 'cloud', 'hup'], minimum: {}, maxAgeDays: null },
      evidence: {
        mergeCommit: null,
        pullRequest: null,
        checks: [check('os', 'success'), check('cloud', null)],
        receipts: [receipt('os-secure', { manifestSha256: OTHERS })],
        trace: [],
      },
      manifestSha256: THESE,
      now: NOW,
    });
    expect(verdict).toEqual({ kind: 'pending', because: 'cloud: still running' });
  });

  it('is none where nothing is required', () => {
    expect(judge({ policy: { required: [] } })).toMatchObject({ kind: 'missing' });
  });
});

describe('what a code host is asked about', () => {
  it('is every entry of the matrix, and required suites that no entry runs', () => {
    expect(listTestEntries({ matrix, required: ['os', 'hup'] })).toEqual([
      { id: 'os', suite: 'os' },
      { id: 'os-secure', suite: 'os' },
      { id: 'cloud', suite: 'cloud' },
      { id: 'hup', suite: 'hup' },
    ]);
  });
});
