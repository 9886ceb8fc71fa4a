import { describe, expect, it } from 'vitest';
import { createPaint } from './paint.ts';
import { renderPairs, renderTable } from './table.ts';

describe('tables', () => {
  it('line up by what is seen, not by colour codes, and end no line with spaces', () => {
    const paint = createPaint(1);
    const table = renderTable(
      [{ title: 'A' }, { title: 'N', align: 'right' }, { title: 'C' }],
      [
        [paint.good('ok'), '7', ''],
        ['longer', '100', 'x'],
      ],
    );
    expect(table).toBe(`A         N  C\n${paint.good('ok')}        7\nlonger  100  x\n`);
  });

  it('are empty without rows', () => {
    expect(renderTable([{ title: 'A' }], [])).toBe('');
    expect(renderPairs([])).toBe('');
  });

  it('show pairs under each other', () => {
    expect(
      renderPairs([
        ['a', '1'],
        ['long', ''],
      ]),
    ).toBe('a     1\nlong\n');
  });
});
