import { describe, expect, it } from 'vitest';
import { findJsonError } from './find-json-error.ts';

describe('findJsonError', () => {
  // The place of the error is marked.
  it.each([
    '§',
    '  §',
    '{§',
    '{"a"§',
    '{"a":§',
    '{"a": §}',
    '{"a": 1§',
    '{"a": 1 §"b": 2}',
    '{"a": 1, §}',
    '{§1: 2}',
    '{"a": [1, 2, §]}',
    '[1,§,2]',
    '[1 §2]',
    '{"a": {"b": [true, §nul]}}',
    '{"a": §\'text\'}',
    '{"a": §"text}',
    '{"a": §"te\nxt"}',
    '{"a": "\\"", "b": §"\\x"}',
    '{ §// comment\n}',
    '{} §{}',
    '[1§}',
    '[0§1]',
    '"a"§:',
  ])('finds the place in %j', (marked) => {
    const text = marked.replace('§', '');
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
    expect(findJsonError(text)).toBe(marked.indexOf('§'));
  });

  it('passes over everything that JSON allows', () => {
    const text = JSON.stringify(
      { a: [1, -2.5e-7, true, false, null, {}, [], '"\\/\b\u0001é😀'], '': { b: 'x' } },
      null,
      2,
    );
    expect(findJsonError(text)).toBe(text.length);
  });
});
