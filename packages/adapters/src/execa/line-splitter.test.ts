import { describe, expect, it } from 'vitest';
import { createLineSplitter, LONGEST_LINE } from './line-splitter.ts';

function split(chunks: readonly string[]): string[] {
  const lines: string[] = [];
  const splitter = createLineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.write(chunk);
  splitter.end();
  return lines;
}

describe('createLineSplitter', () => {
  it('gives the same lines wherever the pieces are cut', () => {
    const text = 'one\r\n\r\ntwo\rthree\n\nfour\r';
    const expected = ['one', '', 'two', 'three', '', 'four'];
    expect(split([text])).toEqual(expected);
    expect(split([...text])).toEqual(expected);
    for (let cut = 0; cut <= text.length; cut += 1) {
      expect(split([text.slice(0, cut), text.slice(cut)])).toEqual(expected);
    }
  });

  it('keeps a last line without an end, and makes none of nothing', () => {
    expect(split(['a\nb'])).toEqual(['a', 'b']);
    expect(split(['a\n'])).toEqual(['a']);
    expect(split(['', ''])).toEqual([]);
  });

  it('does not lose a line end that follows an empty piece', () => {
    expect(split(['a\r', '', '\nb'])).toEqual(['a', 'b']);
  });

  it('cuts a line that is too long and says how much is missing', () => {
    const [line, next] = split(['x'.repeat(LONGEST_LINE), 'yz', '\nnext']);
    expect(line).toBe(`${'x'.repeat(LONGEST_LINE)} [cut: 2 more characters]`);
    expect(next).toBe('next');
  });
});
