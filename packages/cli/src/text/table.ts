import { stripVTControlCharacters } from 'node:util';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/**
 * Rows under titles, columns two spaces apart, no ruler lines, nothing at the ends of lines. Cells may be coloured;
 * they count by what is seen. Ends with a newline; empty without rows.
 */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const lines = [columns.map((column) => column.title), ...rows];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => visibleWidth(line[index] ?? ''))));
  return lines
    .map((line) =>
      columns.map((column, index) => pad(line[index] ?? '', widths[index] ?? 0, column.align)).join('  '),
    )
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

/** `name   value` lines, for one thing in detail. */
export function renderPairs(pairs: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(0, ...pairs.map(([name]) => visibleWidth(name)));
  return pairs
    .map(([name, value]) => `${pad(name, width)}  ${value}`.trimEnd())
    .join('\n')
    .concat(pairs.length === 0 ? '' : '\n');
}

function visibleWidth(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

function pad(cell: string, width: number, align: Column['align'] = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - visibleWidth(cell)));
  return align === 'right' ? `${space}${cell}` : `${cell}${space}`;
}
