import { describe, expect, it } from 'vitest';
import { quoteValue, renderAssignment } from './assignment.ts';

describe('quoteValue', () => {
  it.each([
    ['plain words', '"plain words"'],
    ['', '""'],
    [' kept  blanks\t', '" kept  blanks\t"'],
    ['a=b==', '"a=b=="'],
    ['C:\\path\\', '"C:\\path\\"'],
    ["it's", `"it's"`],
    ['say "hi"', `'say "hi"'`],
    ['$' + '{TOPDIR}/x # y', '"$' + '{TOPDIR}/x # y"'],
  ])('writes %j as bitbake reads it', (value, expected) => {
    expect(quoteValue(value)).toBe(expected);
  });

  it('turns what no line of bitbake can hold into inline Python', () => {
    expect(quoteValue('one\ntwo\r\n')).toBe('"one$' + '{@chr(10)}two$' + '{@chr(13)}$' + '{@chr(10)}"');
    expect(quoteValue(`both ' and "`)).toBe(`"both ' and $` + '{@chr(34)}"');
  });
});

describe('renderAssignment', () => {
  it('puts blanks around the operator, which new bitbakes ask for', () => {
    expect(renderAssignment({ name: 'INHERIT', operator: '+=', value: 'rm_work' })).toBe(
      'INHERIT += "rm_work"',
    );
  });
});
