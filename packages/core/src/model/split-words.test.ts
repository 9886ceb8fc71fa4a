import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitWords } from './split-words.ts';

const wordsOf = (text: string): readonly string[] => {
  const found = splitWords(text);
  if (found.kind === 'unclosed') throw new Error(`unclosed ${found.quote}`);
  return found.words;
};

describe('the words of a line', () => {
  it.each<readonly [text: string, words: readonly string[]]>([
    ['', []],
    ['  \t ', []],
    ['-a NAME=VALUE', ['-a', 'NAME=VALUE']],
    ['  -k   -c\t-d ', ['-k', '-c', '-d']],
    ['-a "NAME=a b"', ['-a', 'NAME=a b']],
    [`-a NAME='a b'`, ['-a', 'NAME=a b']],
    [`'' ""`, ['', '']],
    [`a''b`, ['ab']],
    ['a\\ b', ['a b']],
    ['"a\\"b"', ['a"b']],
    ['"a\\nb"', ['a\\nb']],
    [`'a\\'`, ['a\\']],
    [`"it's"`, ["it's"]],
    [`'say "x"'`, ['say "x"']],
    ['"\\$A \\` \\\\"', ['$A ` \\']],
    [`$HOME ~ * \${A} $(b)`, ['$HOME', '~', '*', `\${A}`, '$(b)']],
    ['a\\', ['a\\']],
    ['ä "ö ü" 😀', ['ä', 'ö ü', '😀']],
  ])('%j are %j', (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });

  it.each([
    ['"a b', '"'],
    ["it's", "'"],
    ['a "b\\"', '"'],
  ])('are none while a quote of %j is open', (text, quote) => {
    expect(splitWords(text)).toEqual({ kind: 'unclosed', quote });
  });

  it('come back from single quotes whatever is in them', () => {
    const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        expect(wordsOf(words.map(quoted).join(' '))).toEqual(words);
      }),
    );
  });
});
