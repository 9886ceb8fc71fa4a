import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OsrelError } from '../errors/osrel-error.ts';
import {
  compareOsVersions,
  formatOsVersion,
  isEsrVersion,
  type OsVersion,
  osVersionFromTag,
  parseOsVersion,
  parseRecordedVersion,
  tagOfVersion,
} from './os-version.ts';

function errorOf(action: () => unknown): OsrelError {
  try {
    action();
  } catch (error) {
    if (error instanceof OsrelError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const compare = (a: string, b: string) => compareOsVersions(parseOsVersion(a), parseOsVersion(b));
const number = fc.nat({ max: 999 });
const prerelease = fc.option(
  fc.array(fc.oneof(fc.nat({ max: 99 }).map(String), fc.constantFrom('alpha', 'beta', 'rc', 'rc2', 'x-1')), {
    minLength: 1,
    maxLength: 4,
  }),
  { nil: undefined },
);
const semverVersions = fc
  .record({
    core: fc.tuple(number, number, number),
    prerelease,
    revision: fc.option(fc.nat({ max: 30 }), { nil: undefined }),
  })
  .map(({ core, prerelease: pre, revision }) =>
    parseOsVersion(
      core.join('.') +
        (pre === undefined ? '' : `-${pre.join('.')}`) +
        (revision === undefined ? '' : `+rev${revision}`),
    ),
  );
const esrVersions = fc
  .record({
    year: fc.integer({ min: 1000, max: 3999 }),
    month: fc.constantFrom('1', '01', '4', '04', '7', '07', '10'),
    patch: number,
  })
  .map(({ year, month, patch }) => parseOsVersion(`${year}.${month}.${patch}`));

describe('parseOsVersion', () => {
  it('takes a semver version with revision apart', () => {
    expect(parseOsVersion('v6.5.1-rc.2+rev2.dirty')).toEqual({
      kind: 'semver',
      text: 'v6.5.1-rc.2+rev2.dirty',
      canonical: '6.5.1-rc.2+rev2.dirty',
      major: 6,
      minor: 5,
      patch: 1,
      prerelease: ['rc', 2],
      revision: 2,
      build: ['rev2', 'dirty'],
    });
  });

  it('counts a missing revision as 0', () => {
    expect(parseOsVersion('6.5.1')).toMatchObject({ kind: 'semver', revision: 0, build: [] });
  });

  it('takes an ESR version apart and drops the padding', () => {
    expect(parseOsVersion('2022.01.0')).toEqual({
      kind: 'esr',
      text: '2022.01.0',
      canonical: '2022.1.0',
      year: 2022,
      month: 1,
      patch: 0,
    });
  });

  it.each(['2026.1.0', '2026.4.12', '2026.07.0', '2026.10.3', 'v2026.7.0'])('reads %s as ESR', (text) => {
    expect(isEsrVersion(parseOsVersion(text))).toBe(true);
  });

  it.each(['6.5.1', '6.5.1+rev2', '20.1.0', '999.7.0', '4026.7.0', '10.7.10'])(
    'reads %s as no ESR',
    (text) => {
      expect(isEsrVersion(parseOsVersion(text))).toBe(false);
    },
  );

  it.each(['2026.3.0', '2021.12.0', '2021.11.0', '2021.02.0', '2022.08.0', '2026.0.0', '2026.13.0'])(
    'refuses %s and names the four ESR months',
    (text) => {
      const error = errorOf(() => parseOsVersion(text));
      expect(error).toMatchObject({ kind: 'usage', code: 'version.malformed' });
      expect(error.message).toContain(text);
      expect(error.message).toContain('1, 4, 7 or 10');
    },
  );

  it('blames the month only when it is the month', () => {
    expect(errorOf(() => parseOsVersion('2026.3.0')).message).toContain('not 3');
    expect(errorOf(() => parseOsVersion('2026.7.01')).message).toContain('no suffix');
    expect(errorOf(() => parseOsVersion('2026.7')).message).toContain('no suffix');
  });

  it.each(['2026.7.0+rev1', '2026.7.0-rc.1', '2026.7', '2026.7.x', '2026.7.01', '2026.007.0'])(
    'refuses %s: a year asks for YYYY.M.P without suffix',
    (text) => {
      expect(errorOf(() => parseOsVersion(text)).code).toBe('version.malformed');
    },
  );

  it.each([
    '',
    'v',
    'vv1.2.3',
    '=1.2.3',
    ' 1.2.3',
    '1.2.3 ',
    '1.2.3\n',
    '1',
    '2.5',
    '2.x',
    '>=2.60.0',
    '1.2.3.4',
    '01.2.3',
    '1.2.3-01',
    '1.2.3+',
    '1.2.3-',
    '1.2.3+rev_1',
    '99999999999999999999.0.0',
    '1.2.3+rev1.rev2',
    '1.2.3+rev99999999999999999999',
    'latest',
  ])('refuses %j naming it', (text) => {
    const error = errorOf(() => parseOsVersion(text));
    expect(error.code).toBe('version.malformed');
    expect(error.message).toContain(JSON.stringify(text));
    expect(error.hint).toContain('6.5.1');
  });

  it('drops the padding of a revision', () => {
    expect(parseOsVersion('6.5.1+rev02')).toMatchObject({ canonical: '6.5.1+rev2', revision: 2 });
    expect(parseOsVersion('6.5.1+rev0')).toMatchObject({ canonical: '6.5.1+rev0', revision: 0 });
  });
});

describe('parseRecordedVersion', () => {
  it('reads ESR versions from before the quarterly rhythm', () => {
    expect(parseRecordedVersion('2020.08.1')).toMatchObject({ kind: 'esr', canonical: '2020.8.1' });
    const [older, newer] = [parseRecordedVersion('2022.08.0'), parseRecordedVersion('2022.10.0')];
    expect(compareOsVersions(older, newer)).toBe(-1);
  });

  it('reads everything else as parseOsVersion does', () => {
    expect(parseRecordedVersion('6.5.1+rev2')).toEqual(parseOsVersion('6.5.1+rev2'));
    expect(() => parseRecordedVersion('2022.13.0')).toThrow(/malformed/);
  });
});

describe('compareOsVersions', () => {
  // The measured table of balena-automation 6, with osrel's answer where the reference is wrong.
  it.each([
    ['1.0.0', '1.0.1', -1],
    ['v1.2.3', '1.2.3', 0],
    ['1.2.3+rev1', '1.2.3+rev2', -1],
    ['1.0.0-rc.1', '1.0.0', -1],
    ['1.0.0-1', '1.0.0-alpha', -1],
    ['1.0.0-alpha', '1.0.0-alpha.1', -1],
    ['1.0.0-rc2', '1.0.0-rc10', 1],
    ['1.0.0-alpha.1.2.3', '1.0.0-alpha.1.2.4', -1],
    ['2022.07.0', '2022.10.0', -1],
    ['2022.01.0', '2022.1.0', 0],
  ] as const)('compares %s with %s as %i', (a, b, order) => {
    expect(compare(a, b)).toBe(order);
    expect(compare(b, a)).toBe(0 - order);
  });

  it.each([
    ['2', '2.1.0'],
    ['2.5', '2.5.0'],
    ['2.x', '2.69.4'],
    ['>=2.60.0', '2.70.0'],
  ])('throws for %s against %s: never 0', (a, b) => {
    expect(errorOf(() => compare(a, b)).code).toBe('version.malformed');
  });

  it('compares revisions as numbers, with none below rev1', () => {
    expect(compare('6.5.1+rev10', '6.5.1+rev9')).toBe(1);
    expect(compare('6.5.1', '6.5.1+rev1')).toBe(-1);
    expect(compare('6.5.1', '6.5.1+rev0')).toBe(0);
    expect(compare('6.5.2', '6.5.1+rev9')).toBe(1);
  });

  it('compares ESR months as numbers, not as text', () => {
    expect(compare('2022.10.0', '2022.4.0')).toBe(1);
    expect(compare('2023.1.0', '2022.10.9')).toBe(1);
    expect(compare('2022.4.10', '2022.04.9')).toBe(1);
  });

  it('throws across kinds', () => {
    expect(errorOf(() => compare('2026.7.0', '6.5.1'))).toMatchObject({
      kind: 'usage',
      code: 'version.not-comparable',
    });
    expect(errorOf(() => compare('6.5.1', '2026.7.0')).message).toContain('2026.7.0');
  });

  it.each([
    ['semver', semverVersions],
    ['ESR', esrVersions],
  ])('is a total order of %s versions', (_, versions: fc.Arbitrary<OsVersion>) => {
    const order = compareOsVersions;
    fc.assert(
      fc.property(versions, versions, versions, (a, b, c) => {
        expect(order(a, a)).toBe(0);
        expect(order(a, b)).toBe(0 - order(b, a) || 0);
        const [low, middle, high] = [a, b, c].sort(order);
        if (low === undefined || middle === undefined || high === undefined) throw new Error('lost one');
        expect(order(low, middle)).toBeLessThanOrEqual(0);
        expect(order(middle, high)).toBeLessThanOrEqual(0);
        expect(order(low, high)).toBeLessThanOrEqual(0);
        if (order(low, middle) < 0 || order(middle, high) < 0) expect(order(low, high)).toBe(-1);
      }),
    );
  });
});

describe('writing versions', () => {
  it('reads its own canonical text as the same version', () => {
    fc.assert(
      fc.property(fc.oneof(semverVersions, esrVersions), (version) => {
        const again = parseOsVersion(formatOsVersion(version));
        expect(compareOsVersions(again, version)).toBe(0);
        expect(again.canonical).toBe(version.canonical);
      }),
    );
  });

  it('goes to a tag and back', () => {
    fc.assert(
      fc.property(fc.oneof(semverVersions, esrVersions), (version) => {
        expect(osVersionFromTag(tagOfVersion(version)).canonical).toBe(version.canonical);
      }),
    );
    expect(tagOfVersion(parseOsVersion('6.5.1+rev2'))).toBe('v6.5.1+rev2');
  });

  it('refuses a tag without its letter', () => {
    expect(errorOf(() => osVersionFromTag('6.5.1')).message).toContain('starts with "v"');
  });
});
