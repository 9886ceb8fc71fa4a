import { describe, expect, it } from 'vitest';
import type { JournalEntry } from './journal.ts';
import { createJournalWriter, type NewJournalEntry } from './journal-writer.ts';

const clock = { now: () => '2026-01-05T08:00:00.000Z', sleep: async () => undefined };
const entry = (attempt: number): NewJournalEntry => ({
  type: 'step-started',
  stepId: 'a',
  inputDigest: 'd',
  attempt,
});

function writerOver(append: (entry: JournalEntry) => Promise<void>, firstSeq = 0) {
  return createJournalWriter({ journal: { read: async () => [], append }, clock, runId: 'run-1', firstSeq });
}

describe('createJournalWriter', () => {
  it('numbers entries without a gap and appends one after the other, also when asked at once', async () => {
    const written: JournalEntry[] = [];
    let under = 0;
    const writer = writerOver(async (line) => {
      under += 1;
      expect(under).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      written.push(line);
      under -= 1;
    }, 7);

    await Promise.all([1, 2, 3].map((attempt) => writer.write(entry(attempt))));

    expect(written.map((line) => [line.seq, 'attempt' in line && line.attempt])).toEqual([
      [7, 1],
      [8, 2],
      [9, 3],
    ]);
    expect(writer.findFailure()).toBe(undefined);
  });

  it('writes nothing behind a failed line, and keeps throwing the first failure', async () => {
    let calls = 0;
    const writer = writerOver(async () => {
      calls += 1;
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    });

    const results = await Promise.allSettled([writer.write(entry(1)), writer.write(entry(2))]);

    expect(results).toMatchObject([{ reason: { code: 'disk.full' } }, { reason: { code: 'disk.full' } }]);
    expect(calls).toBe(1);
    expect(writer.findFailure()).toMatchObject({
      kind: 'tool',
      retryable: false,
      hint: expect.stringContaining('osrel resume run-1'),
    });
  });
});
