import { describe, expect, it } from 'vitest';
import { parseOsVersion } from './os-version.ts';
import { satisfiesRange } from './version-range.ts';

const holds = (version: string, range: string) => satisfiesRange(parseOsVersion(version), range);

describe('satisfiesRange', () => {
  it.each([
    ['2.69.4', '2.x', true],
    ['3.0.0', '2.x', false],
    ['2.70.0', '>=2.60.0', true],
    ['2.59.9', '>= 2.60.0', false],
    ['2.99.0', '^2.60.0', true],
    ['3.0.0', '^2.60.0', false],
    ['2.60.9', '~2.60.0', true],
    ['2.61.0', '~2.60.0', false],
    ['2.70.0', '>=2.60.0, <2.80.0', true],
    ['2.80.0', '>=2.60.0 <2.80.0', false],
    ['2.80.0', '>=2.60.0,<2.80.0', false],
    ['6.0.0', '2.x || 6.x', true],
    ['5.0.0', '2.x||6.x', false],
    ['2.5.0', '2.0.0 - 2.6.0', true],
    ['6.5.1', '*', true],
    ['6.5.1+rev2', '6.5.1', true],
    ['6.5.1-rc.1', '6.x', false],
    ['6.5.1-rc.2', '>=6.5.1-rc.1', true],
  ])('%s in "%s" is %s', (version, range, expected) => {
    expect(holds(version, range)).toBe(expected);
  });

  it.each([
    ['6.5.1+rev1', '>=6.5.1+rev2', false],
    ['6.5.1+rev2', '>=6.5.1+rev2', true],
    ['6.5.1+rev3', '>6.5.1+rev2', true],
    ['6.5.1+rev2', '>6.5.1+rev2', false],
    ['6.5.1+rev2', '<6.5.1+rev2', false],
    ['6.5.1', '<6.5.1+rev2', true],
    ['6.5.1+rev2', '<=6.5.1+rev2', true],
    ['6.5.1+rev3', '=6.5.1+rev2', false],
    ['6.5.1+rev2', '6.5.1+rev2', true],
    ['6.6.0', '^6.5.1+rev2', true],
    ['6.5.1+rev1', '^6.5.1+rev2', false],
    ['6.5.1+rev2', '^6.5.1+rev2', true],
    ['7.0.0', '^6.5.1+rev2', false],
    ['6.6.0', '~6.5.1+rev2', false],
    ['6.5.2', '>=6.5.1+rev2, <6.6', true],
  ])('looks at the revision when the bound has one: %s in "%s" is %s', (version, range, expected) => {
    expect(holds(version, range)).toBe(expected);
  });

  it.each([
    ['2026.7.3', '2026.7.x', true],
    ['2026.07.3', '2026.07.x', true],
    ['2026.10.0', '2026.7.x', false],
    ['2022.10.1', '^2022.1.x', true],
    ['2023.1.0', '^2022.1.x', false],
    ['2026.7.0', '>=2026.4.0', true],
  ])('reads ranges of ESR versions: %s in "%s" is %s', (version, range, expected) => {
    expect(holds(version, range)).toBe(expected);
  });

  it.each(['', '  ', ',', 'abc', '>=', '2.x || ', '>=2.60.0 nonsense', '^2.x+rev1', '>>2.0.0'])(
    'refuses the range %j',
    (range) => {
      expect(() => holds('2.70.0', range)).toThrow(
        expect.objectContaining({ code: 'version.range-malformed' }),
      );
    },
  );

  it('names the part of a range that it cannot read', () => {
    expect(() => holds('2.70.0', '>=2.60.0 nonsense')).toThrow(/malformed at "nonsense"/);
    expect(() => holds('2.70.0', 'nonsense')).toThrow(/"nonsense" is malformed$/);
  });

  it.each([
    ['2026.7.0', '>=2.60.0'],
    ['6.5.1', '2026.7.x'],
    ['6.5.1', '6.x || ^2026.7.0'],
  ])('does not compare %s with the range %s of the other kind', (version, range) => {
    expect(() => holds(version, range)).toThrow(expect.objectContaining({ code: 'version.not-comparable' }));
  });
});
