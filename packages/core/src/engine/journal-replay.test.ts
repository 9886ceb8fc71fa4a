import { describe, expect, it } from 'vitest';
import { linkPlan } from '../plan/link-plan.ts';
import type { Plan } from '../plan/plan.ts';
import { NO_RETRY } from '../plan/step-ref.ts';
import type { JournalEntry } from './journal.ts';
import { replayJournal } from './journal-replay.ts';

const plan: Plan = linkPlan({
  system: 'toy',
  environment: 'local',
  target: { machine: 'm', slug: 'm', version: '1.0.0', esr: false },
  trigger: { kind: 'nothing', repository: null, because: 'a test' },
  source: { sha: 'a', repository: null },
  stages: { build: 'run', test: 'run', deploy: 'run', finalize: 'run', esr: 'run' },
  steps: ['a', 'b'].map((id) => ({
    ...{ id, kind: 'toy', stage: 'build', needs: [], writes: false, summary: id, with: {} },
    ...{ retry: NO_RETRY, timeoutMs: null },
  })),
  decisions: [],
});

const stamp = (seq: number) => ({ seq, at: '2026-01-05T08:00:00.000Z' });
const started = (seq: number, planId = plan.planId): JournalEntry => ({
  ...stamp(seq),
  type: 'run-started',
  runId: 'run-1',
  planId,
  schemaVersion: 1,
});
const succeeded = (seq: number, stepId: string, receipt: unknown): JournalEntry => ({
  ...stamp(seq),
  ...{ type: 'step-succeeded', stepId, inputDigest: `digest-${seq}`, how: 'done', receipt, durationMs: 5 },
});
const finished = (seq: number, outcome: 'done' | 'failed'): JournalEntry => ({
  ...stamp(seq),
  type: 'run-finished',
  outcome,
});

describe('replayJournal', () => {
  it('knows nothing of a run that never started', () => {
    expect(replayJournal([], plan)).toEqual({
      receipts: new Map(),
      nextSeq: 0,
      resumed: false,
      lastOutcome: null,
    });
  });

  it('keeps the latest receipt of each step', () => {
    const entries = [
      started(0),
      succeeded(1, 'a', 1),
      succeeded(2, 'b', 2),
      started(3),
      succeeded(4, 'a', 3),
    ];

    const { receipts, nextSeq, resumed } = replayJournal(entries, plan);

    expect([...receipts].map(([id, { receipt, inputDigest }]) => [id, receipt, inputDigest])).toEqual([
      ['a', 3, 'digest-4'],
      ['b', 2, 'digest-2'],
    ]);
    expect({ nextSeq, resumed }).toEqual({ nextSeq: 5, resumed: true });
  });

  it('tells how the last process left the run', () => {
    const entries = [started(0), finished(1, 'failed'), started(2), finished(3, 'done')];

    expect(replayJournal(entries, plan).lastOutcome).toBe('done');
    expect(replayJournal(entries.slice(0, 3), plan).lastOutcome).toBe(null);
  });

  it('refuses the journal of another plan, also when only a later process used it', () => {
    const other = {
      kind: 'integrity',
      code: 'journal.other-plan',
      message: expect.stringContaining('other-plan-id'),
    };

    expect(() => replayJournal([started(0, 'other-plan-id')], plan)).toThrow(expect.objectContaining(other));
    expect(() => replayJournal([started(0), started(1, 'other-plan-id')], plan)).toThrow(
      expect.objectContaining(other),
    );
  });

  it.each<[string, readonly JournalEntry[]]>([
    ['a missing line', [started(0), succeeded(2, 'a', 1)]],
    ['a repeated line', [started(0), succeeded(1, 'a', 1), succeeded(1, 'a', 1)]],
    ['a missing beginning', [succeeded(0, 'a', 1)]],
    ['a step that the plan does not have', [started(0), succeeded(1, 'c', 1)]],
  ])('takes %s for damage', (_, entries) => {
    expect(() => replayJournal(entries, plan)).toThrow(
      expect.objectContaining({ code: 'journal.damaged', exitCode: 8 }),
    );
  });
});
