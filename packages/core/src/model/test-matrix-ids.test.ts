import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TestMatrixEntry } from './test-matrix.ts';
import { nameCombinations } from './test-matrix-ids.ts';

type UnnamedEntry = Omit<TestMatrixEntry, 'id'>;

const entry = (suite: string, change: Partial<UnnamedEntry> = {}): UnnamedEntry => ({
  suite,
  lab: 'leviathan',
  worker: 'testbot',
  ...change,
});
const idsOf = (...entries: readonly UnnamedEntry[]) => nameCombinations(entries).map(({ id }) => id);

describe('ids of test matrix entries', () => {
  it('are the suite where that tells them apart', () => {
    expect(idsOf(entry('os'), entry('HUP'))).toEqual(['os', 'hup']);
  });

  it('add as much as it takes', () => {
    expect(idsOf(entry('os'), entry('os', { worker: 'qemu' }), entry('hup'))).toEqual([
      'os-testbot',
      'os-qemu',
      'hup',
    ]);
    expect(idsOf(entry('os', { environment: 'a.com' }), entry('os', { environment: 'b.com' }))).toEqual([
      'os-testbot-a.com',
      'os-testbot-b.com',
    ]);
    expect(idsOf(entry('os', { secureBoot: true }), entry('os', { secureBoot: false }))).toEqual([
      'os-testbot-secure-boot',
      'os-testbot',
    ]);
  });

  it('number entries that are the same', () => {
    expect(idsOf(entry('os'), entry('os'), entry('os'))).toEqual([
      'os-testbot',
      'os-testbot-2',
      'os-testbot-3',
    ]);
  });

  it('are unique and usable as a file name, whatever the entries (W36)', () => {
    const words = fc.constantFrom('os', 'os-qemu', 'qemu', 'os-qemu-2', 'os-testbot', 'a b', 'Ä');
    const entries = fc.array(
      fc
        .record({ suite: words, worker: words, environment: words })
        .map(({ suite, ...rest }) => entry(suite, rest)),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(entries, (list) => {
        const ids = idsOf(...list);
        expect(new Set(ids).size).toBe(list.length);
        for (const id of ids) expect(id).toMatch(/^[a-z0-9._-]+$/);
      }),
    );
  });
});
