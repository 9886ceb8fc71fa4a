import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareEsrLines, esrLineOf, formatEsrLine, parseEsrLine } from './esr-line.ts';
import { isEsrVersion, parseOsVersion } from './os-version.ts';

const lines = fc.record({ year: fc.integer({ min: 1000, max: 3999 }), month: fc.constantFrom(1, 4, 7, 10) });

describe('ESR lines', () => {
  it('takes the line from a version', () => {
    const version = parseOsVersion('2026.07.3');
    if (!isEsrVersion(version)) throw new Error('not an ESR version');
    expect(formatEsrLine(esrLineOf(version))).toBe('2026.7.x');
  });

  it('reads a padded line as the same line', () => {
    expect(parseEsrLine('2022.01.x')).toEqual(parseEsrLine('2022.1.x'));
    expect(compareEsrLines(parseEsrLine('2022.01.x'), parseEsrLine('2022.1.x'))).toBe(0);
  });

  it('reads a line of an older rhythm', () => {
    expect(parseEsrLine('2020.08.x')).toEqual({ year: 2020, month: 8 });
  });

  it.each([
    '',
    '2022.1',
    '2022.1.0',
    '2022.13.x',
    '2022.0.x',
    '2022.001.x',
    'v2022.1.x',
    ' 2022.1.x',
    '6.5.x',
    'null',
  ])('refuses %j', (text) => {
    expect(() => parseEsrLine(text)).toThrow(/malformed/);
  });

  it('orders October of a year before January of the next', () => {
    expect(compareEsrLines(parseEsrLine('2022.10.x'), parseEsrLine('2023.1.x'))).toBe(-1);
    expect(compareEsrLines(parseEsrLine('2022.10.x'), parseEsrLine('2022.7.x'))).toBe(1);
  });

  it('writes what it reads, whatever the line', () => {
    fc.assert(
      fc.property(lines, (line) => {
        expect(parseEsrLine(formatEsrLine(line))).toEqual(line);
      }),
    );
  });

  it('turns the order round when the lines are swapped', () => {
    fc.assert(
      fc.property(lines, lines, (a, b) => {
        expect(compareEsrLines(a, b) + compareEsrLines(b, a)).toBe(0);
      }),
    );
  });
});
