import { CUT_MARK, listLines } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { createLineSplitter } from './line-splitter.ts';

function split(chunks: readonly string[], longestPiece?: number): string[] {
  const lines: string[] = [];
  const splitter = createLineSplitter((text) => {
    expect(text.endsWith('\n')).toBe(true);
    lines.push(...listLines(text));
  }, longestPiece);
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

  it('gives all whole lines of a piece at once, with what was begun before', () => {
    const texts: string[] = [];
    const splitter = createLineSplitter((text) => texts.push(text));
    for (const chunk of ['one\r\ntwo\nth', 're', 'e\nfour\n', 'five']) splitter.write(chunk);
    expect(texts).toEqual(['one\ntwo\n', 'three\nfour\n']);
    splitter.end();
    expect(texts.at(-1)).toBe('five\n');
  });

  it('keeps a last line without an end, and makes none of nothing', () => {
    expect(split(['a\nb'])).toEqual(['a', 'b']);
    expect(split(['a\n'])).toEqual(['a']);
    expect(split(['', ''])).toEqual([]);
  });

  it('does not lose a line end that follows an empty piece', () => {
    expect(split(['a\r', '', '\nb'])).toEqual(['a', 'b']);
  });

  it('gives a long line in pieces that say that it goes on, and loses nothing of it', () => {
    const text = `ab\n${'0123456789'.repeat(3)}\r\n${'x'.repeat(8)}\n${'y'.repeat(9)}`;
    const expected = [
      'ab',
      ...['01234567', '89012345', '67890123'].map((piece) => piece + CUT_MARK),
      '456789',
      'xxxxxxxx',
      `yyyyyyyy${CUT_MARK}`,
      'y',
    ];
    expect(split([text], 8)).toEqual(expected);
    expect(split([...text], 8)).toEqual(expected);
    for (let cut = 0; cut <= text.length; cut += 1)
      expect(split([text.slice(0, cut), text.slice(cut)], 8)).toEqual(expected);
  });

  it('keeps a line of many megabytes in one piece while there is room for it', () => {
    const chunk = 'z'.repeat(65_536);
    const lines = split([...Array<string>(127).fill(chunk), '\n']);
    expect(lines.map(({ length }) => length)).toEqual([127 * 65_536]);
  });
});
