import { describe, expect, it } from 'vitest';
import { evidenceRefusal } from './evidence-refusal.ts';
import { decideFinalization, type FinalizationQuestion } from './finalization.ts';
import { EVIDENCE_KINDS } from './judge-evidence.ts';

const entry = { lab: 'command', worker: 'local' } as const;
const question: FinalizationQuestion = {
  tests: { matrix: [{ ...entry, id: 'os', suite: 'os' }], finalizeWhenPassed: true },
  policy: { required: ['os'], minimum: {}, maxAgeDays: null },
  evidence: { mergeCommit: null, pullRequest: null, checks: [], receipts: [], trace: [] },
  manifestSha256: null,
  now: '2026-11-21T08:00:00.000Z',
  force: null,
  testsRunFirst: false,
};

describe('finalization', () => {
  it('stays with a draft without evidence, and says what would change that (W12)', () => {
    expect(decideFinalization(question)).toMatchObject({
      outcome: 'draft',
      because: expect.stringContaining('os: no run was found'),
      change: expect.stringContaining('--force-finalize'),
      lacks: 'missing',
    });
  });

  it('may be forced, and keeps the reason (W12)', () => {
    expect(decideFinalization({ ...question, force: { reason: 'rig is broken' } })).toMatchObject({
      outcome: 'final',
      record: 'rig is broken',
    });
  });

  it('follows the suites that the plan runs itself', () => {
    expect(decideFinalization({ ...question, testsRunFirst: true })).toMatchObject({
      outcome: 'final',
      record: 'the required suites (os) passed on these very bytes',
    });
  });

  it('asks for the proof of a required suite that the plan does not run', () => {
    const policy = { ...question.policy, required: ['os', 'hup'] };
    expect(decideFinalization({ ...question, policy, testsRunFirst: true })).toMatchObject({
      outcome: 'draft',
      because: expect.stringContaining('hup: no run was found'),
    });
  });

  it('is no matter of course where no suite is required, even when some run', () => {
    const policy = { ...question.policy, required: [] };
    for (const testsRunFirst of [true, false])
      expect(decideFinalization({ ...question, policy, testsRunFirst })).toMatchObject({
        outcome: 'draft',
        because: expect.stringContaining('no suite is required'),
      });
  });
});

describe('what osrel finalize refuses with', () => {
  it.each(EVIDENCE_KINDS.filter((kind) => kind !== 'passed'))('has a code for %s', (lacks) => {
    const draft = { outcome: 'draft', because: 'reason', change: 'move', origin: 'default', lacks } as const;
    const error = evidenceRefusal(draft, { what: 'org/pi 1.2.3', trace: ['looked'] });
    expect(error).toMatchObject({
      code: `evidence.${lacks}`,
      exitCode: lacks === 'failed' || lacks === 'missing' ? 3 : 4,
      message: 'org/pi 1.2.3 stays a draft: reason',
      hint: 'move',
      details: { trace: ['looked'] },
    });
  });
});
