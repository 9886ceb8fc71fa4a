import semver from 'semver';
import { badUsage } from '../errors/osrel-error.ts';
import { compareOsVersions, type OsVersion, parseOsVersion } from './os-version.ts';

const OPERATOR = /^(>=|<=|>|<|=|\^|~)?(.*)$/s;

/**
 * Whether the version lies in the range: `2.x`, `^2.60.0`, `~2.60.0`, `>=2.60.0`, joined by commas or spaces
 * (all must hold) or by `||` (one must hold). A bound with a revision (`>=6.5.1+rev2`) looks at revisions; a
 * prerelease is in a range only when a bound of it names the same core (npm's rule). ESR versions have ESR
 * ranges: `2026.7.x`, `^2022.10.x`.
 * Throws usage `version.range-malformed`, and `version.not-comparable` when range and version differ in kind.
 */
export function satisfiesRange(version: OsVersion, range: string): boolean {
  const alternatives = range.split('||').map((part) => tokensOf(part));
  if (range.trim() === '' || alternatives.some((tokens) => tokens.length === 0))
    throw malformed(range, undefined);
  for (const token of alternatives.flat()) checkToken(version, range, token);
  return alternatives.some((tokens) => holds(version, tokens));
}

function tokensOf(alternative: string): readonly string[] {
  return alternative
    .replaceAll(',', ' ')
    .replaceAll(/(>=|<=|>|<|=|\^|~)\s+/g, '$1')
    .split(/\s+/)
    .filter((token) => token !== '')
    .map(withoutPadding);
}

// Months of old ESR ranges are padded (2022.01.x), which semver does not read.
function withoutPadding(token: string): string {
  return token.replace(/^([^0-9]*[1-3][0-9]{3}\.)0([1-9])/, '$1$2');
}

function holds(version: OsVersion, tokens: readonly string[]): boolean {
  const coarse = tokens.filter((token) => !decidesByRevision(token)).join(' ');
  if (coarse !== '' && !semver.satisfies(version.canonical, coarse)) return false;
  return tokens.filter(decidesByRevision).every((token) => holdsByRevision(version, token));
}

function decidesByRevision(token: string): boolean {
  return token.includes('+');
}

function holdsByRevision(version: OsVersion, token: string): boolean {
  const { operator, bound } = splitToken(token);
  const order = compareOsVersions(version, parseOsVersion(bound));
  switch (operator) {
    case '>':
      return order > 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>=':
      return order >= 0;
    case '^':
    case '~':
      return order >= 0 && semver.satisfies(version.canonical, token);
    default:
      return order === 0;
  }
}

function splitToken(token: string): { readonly operator: string; readonly bound: string } {
  const match = OPERATOR.exec(token);
  return { operator: match?.[1] ?? '', bound: match?.[2] ?? '' };
}

function checkToken(version: OsVersion, range: string, token: string): void {
  const { bound } = splitToken(token);
  if (bound !== '-' && (bound === '' || semver.validRange(token) === null)) throw malformed(range, token);
  if (decidesByRevision(token) && semver.valid(bound) === null) throw malformed(range, token);
  const major = /^v?([0-9]+)/.exec(bound)?.[1];
  if (major === undefined) return;
  const isYear = /^[1-3][0-9]{3}$/.test(major);
  if (isYear === (version.kind === 'esr')) return;
  throw badUsage(
    'version.not-comparable',
    `version ${version.text} cannot be compared with the range "${range}"`,
    {
      hint: 'ESR versions have ranges such as 2026.7.x, all other versions such as ^6.5.0',
    },
  );
}

function malformed(range: string, token: string | undefined) {
  const part = token === undefined || token === range ? '' : ` at "${token}"`;
  return badUsage('version.range-malformed', `version range "${range}" is malformed${part}`, {
    hint: 'write it as 2.x, ^2.60.0, ~2.60.0 or ">=2.60.0, <3"',
  });
}
