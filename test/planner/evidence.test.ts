import type { RejectedReceipt, TestReceipt } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { sampleReceipt } from '../../packages/core/src/model/test-sample-receipt.ts';
import { check, type FactsChange, release, SHA } from '../builders/facts.ts';
import { command, planOf, refusalOf, tag } from '../builders/plan-of.ts';

const MANIFEST = 'f'.repeat(64);
const OTHER = '2'.repeat(64);
const osrelYml = {
  machines: {
    'raspberrypi4-64': { tier: 'desk', tests: { minimum: { smoke: 3 }, 'max-age-days': 30 } },
  },
  tests: { matrix: [{ suite: 'smoke', lab: 'command', command: ['./smoke.sh'], results: 'tap' }] },
};

const receipt = (change: Partial<TestReceipt> = {}) =>
  sampleReceipt({
    entry: 'smoke',
    suite: 'smoke',
    slug: 'raspberrypi4-64',
    sourceSha: SHA,
    manifestSha256: MANIFEST,
    finishedAt: '2026-06-30T08:00:00.000Z',
    ...change,
  });

const rejected = (defect: RejectedReceipt['defect']): RejectedReceipt => ({
  name: 'smoke-0123456789abcdef.json',
  entry: 'smoke',
  defect,
  because: `it is ${defect}`,
});

/** A draft of this source that carries its manifest; what differs is what is known about its tests. */
async function draftWith(known: FactsChange) {
  const first = await planOf(tag('v6.5.1'), { checks: [check('smoke', 'success')] });
  const draft = first.steps.find(({ kind }) => kind === 'create-draft');
  const mark = draft === undefined ? '' : (draft.with as { readonly mark: string }).mark;
  return {
    releases: [release({ mark, sourceSha: SHA })],
    manifestOfRelease: { 7: MANIFEST },
    store: { version: 'incomplete', manifestSha256: MANIFEST },
    ...known,
  } as const;
}

describe('osrel finalize', () => {
  it('finalizes bytes that a receipt proves, and keeps with the release what proved them', async () => {
    const waivers = [{ test: 'boot > quiet', tracker: 'acme#7', owner: 'ada', expires: '2026-12-31' }];
    const counts = { passed: 2, failed: 0, skipped: 0, waived: 1 };
    const known = await draftWith({ receipts: [receipt({ waivers, counts })] });
    const plan = await planOf(command('finalize'), known, osrelYml);
    expect(plan.steps.find(({ kind }) => kind === 'finalize-release')?.with).toMatchObject({
      tags: {
        'osrel-evidence':
          'smoke: passed on these very bytes (2 passed, 0 failed, 1 waived: "boot > quiet" (acme#7, ada))',
      },
    });
  });

  it.each([
    ['evidence.missing', 3, {}],
    ['evidence.missing', 3, { rejected: [rejected('malformed')] }],
    ['evidence.failed', 3, { receipts: [receipt({ verdict: 'failed' })] }],
    ['evidence.failed', 3, { receipts: [receipt({ verdict: 'nothing-tested' })] }],
    ['evidence.other-bytes', 4, { receipts: [receipt({ manifestSha256: OTHER })] }],
    ['evidence.forged', 4, { rejected: [rejected('altered')] }],
    ['evidence.forged', 4, { rejected: [rejected('altered')], checks: [check('smoke', 'success')] }],
    ['evidence.untrusted', 4, { rejected: [rejected('untrusted-key')] }],
    ['evidence.untrusted', 4, { rejected: [rejected('unsigned')] }],
    ['evidence.stale', 4, { receipts: [receipt({ finishedAt: '2026-05-01T08:00:00.000Z' })] }],
    [
      'evidence.too-few',
      4,
      { receipts: [receipt({ counts: { passed: 2, failed: 0, skipped: 9, waived: 0 } })] },
    ],
    ['evidence.too-few', 4, { checks: [check('smoke', 'success')] }],
    ['evidence.pending', 4, { checks: [check('smoke', null)] }],
  ] as const)('refuses with %s (exit %i), and goes on for a reason', async (code, exitCode, known) => {
    const facts = await draftWith(known);
    const refusal = await refusalOf(command('finalize'), facts, osrelYml);
    expect(refusal).toMatchObject({ code, exitCode, message: expect.stringContaining('smoke: ') });
    expect(refusal.hint).toContain('osrel finalize --force-finalize --reason TEXT');
    const forced = await planOf(command('finalize', { force: { reason: 'seen by hand' } }), facts, osrelYml);
    expect(forced.steps.find(({ kind }) => kind === 'finalize-release')?.with).toMatchObject({
      tags: { 'osrel-forced': 'seen by hand' },
    });
  });

  it('tells which bytes were tested and which are to be released', async () => {
    const facts = await draftWith({ receipts: [receipt({ manifestSha256: OTHER })] });
    const { message } = await refusalOf(command('finalize'), facts, osrelYml);
    expect(message).toContain('smoke: passed, but on other bytes: manifest 222222222, these are fffffffff');
  });
});

describe('a tag', () => {
  it('leaves a draft of bytes whose receipt was altered, and says so', async () => {
    const plan = await planOf(tag('v6.5.1'), { rejected: [rejected('altered')] }, osrelYml);
    expect(plan.decisions).toContainEqual(
      expect.objectContaining({
        rule: 'finalize.evidence',
        outcome: 'draft',
        because: expect.stringContaining('smoke-0123456789abcdef.json does not count: it is altered'),
        change: expect.stringContaining('remove it'),
      }),
    );
  });
});
