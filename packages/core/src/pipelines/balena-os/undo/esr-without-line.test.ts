import { describe, expect, it } from 'vitest';
import { parseEsrLine } from '../../../model/esr-line.ts';
import { withoutEsrLine } from './esr-without-line.ts';

const lines = (...texts: readonly string[]) => texts.map(parseEsrLine);
const without = (tags: readonly (string | null)[], line: string, offered: readonly string[]) => {
  const [next = null, current = null, sunset = null] = tags;
  return withoutEsrLine({ next, current, sunset }, parseEsrLine(line), lines(...offered));
};

describe('the ESR tags when a line has nothing left to offer', () => {
  it.each([
    {
      name: 'the next line goes: the lines before it move up, an older one comes back',
      tags: ['2026.7.x', '2026.4.x', '2026.1.x'],
      line: '2026.7.x',
      offered: ['2026.4.x', '2026.1.x', '2025.10.x'],
      after: { next: '2026.4.x', current: '2026.1.x', sunset: '2025.10.x' },
    },
    {
      name: 'the next line goes, and nothing is older than the sunset line',
      tags: ['2026.7.x', '2026.4.x', '2026.1.x'],
      line: '2026.7.x',
      offered: ['2026.4.x', '2026.1.x'],
      after: { next: '2026.4.x', current: '2026.1.x', sunset: null },
    },
    {
      name: 'the current line goes',
      tags: ['2026.7.x', '2026.4.x', '2026.1.x'],
      line: '2026.4.x',
      offered: ['2026.7.x', '2026.1.x', '2025.10.x'],
      after: { next: '2026.7.x', current: '2026.1.x', sunset: '2025.10.x' },
    },
    {
      name: 'the sunset line goes',
      tags: ['2026.7.x', '2026.4.x', '2026.1.x'],
      line: '2026.1.x',
      offered: ['2026.7.x', '2026.4.x'],
      after: { next: '2026.7.x', current: '2026.4.x', sunset: null },
    },
    {
      name: 'the second line goes: the first one is current alone',
      tags: ['2026.4.x', '2026.1.x', null],
      line: '2026.4.x',
      offered: ['2026.1.x'],
      after: { next: null, current: '2026.1.x', sunset: null },
    },
    {
      name: 'the only line goes',
      tags: [null, '2026.1.x', null],
      line: '2026.1.x',
      offered: [],
      after: { next: null, current: null, sunset: null },
    },
  ])('$name', ({ tags, line, offered, after }) => {
    const undone = without(tags, line, offered);
    expect(undone.after).toEqual(after);
    expect(undone.changes.map(({ tag, to }) => [tag, to])).toEqual(
      (['sunset', 'current', 'next'] as const)
        .filter((tag) => undone.before[tag] !== after[tag])
        .map((tag) => [tag, after[tag]]),
    );
  });

  it('changes nothing while the line has another version to offer', () => {
    const tags = ['2026.7.x', '2026.4.x', '2026.1.x'];
    expect(without(tags, '2026.4.x', ['2026.7.x', '2026.4.x', '2026.1.x']).changes).toEqual([]);
  });

  it('changes nothing for a line that no tag names, padded or not', () => {
    expect(without(['2026.7.x', '2026.4.x', null], '2025.1.x', []).changes).toEqual([]);
    expect(without(['2026.07.x', '2026.04.x', null], '2026.7.x', ['2026.4.x']).after).toEqual({
      next: null,
      current: '2026.4.x',
      sunset: null,
    });
  });
});
