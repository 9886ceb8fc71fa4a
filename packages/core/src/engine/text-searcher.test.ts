import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTextSearcher, type Match } from './text-searcher.ts';

/** The obvious, slow search: the longest text at the first place where one begins. */
function findSlowly(wanted: readonly string[], text: string, from: number): Match | undefined {
  for (let start = from; start < text.length; start += 1) {
    const ends = wanted.filter((item) => text.startsWith(item, start)).map((item) => start + item.length);
    if (ends.length > 0) return { start, end: Math.max(...ends) };
  }
  return undefined;
}

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '漢'), minLength: 3, maxLength: 9 });
const wantedTexts = fc.array(word, { minLength: 1, maxLength: 6 });
const longText = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '漢', 'c'), maxLength: 60 });

describe('createTextSearcher', () => {
  it('finds what the obvious search finds', () => {
    fc.assert(
      fc.property(wantedTexts, longText, fc.nat(10), (wanted, text, from) => {
        expect(createTextSearcher(wanted).findNext(text, from)).toEqual(findSlowly(wanted, text, from));
      }),
      { numRuns: 500 },
    );
  });

  it('finds the first place behind which a text may have begun', () => {
    fc.assert(
      fc.property(wantedTexts, longText, (wanted, text) => {
        const isOpen = (start: number) =>
          wanted.some((item) => item.length > text.length - start && item.startsWith(text.slice(start)));
        const places = Array.from(text, (_, index) => index).filter(isOpen);
        expect(createTextSearcher(wanted).findOpenEnd(text)).toBe(places[0] ?? text.length);
      }),
      { numRuns: 500 },
    );
  });

  it('holds a text of which only the last character is missing', () => {
    expect(createTextSearcher(['abcdef']).findOpenEnd('xabcde')).toBe(1);
    expect(createTextSearcher(['abcdef']).findOpenEnd('abcde')).toBe(0);
  });

  it('finds nothing when nothing is wanted', () => {
    expect(createTextSearcher([]).findNext('text', 0)).toBe(undefined);
    expect(createTextSearcher([]).findOpenEnd('text')).toBe(4);
  });

  it('refuses texts that are shorter than a block', () => {
    expect(() => createTextSearcher(['ab'])).toThrow('2 characters');
  });
});
