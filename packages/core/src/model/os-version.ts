import semver from 'semver';
import { badUsage, type OsrelError } from '../errors/osrel-error.ts';

/** `x.y.z[-prerelease][+revN[.more]]`. */
export interface SemverVersion {
  readonly kind: 'semver';
  /** As it was written. */
  readonly text: string;
  /** Without a leading v and without padding: `6.5.1+rev2`. */
  readonly canonical: string;
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  readonly prerelease: readonly (string | number)[];
  /** N of `+revN`; 0 when there is none. */
  readonly revision: number;
  /** Build identifiers after the plus sign, `revN` included. */
  readonly build: readonly string[];
}

/** `YYYY.M.P`: an extended support release. */
export interface EsrVersion {
  readonly kind: 'esr';
  /** As it was written; older releases pad the month: `2022.01.0`. */
  readonly text: string;
  /** Without a leading v and without padding: `2022.1.0`. */
  readonly canonical: string;
  readonly year: number;
  /** 1, 4, 7 or 10; any month in a version that `parseRecordedVersion` read. */
  readonly month: number;
  readonly patch: number;
}

export type OsVersion = SemverVersion | EsrVersion;

const ESR = /^([1-3][0-9]{3})\.(0?1|0?4|0?7|10)\.(0|[1-9][0-9]*)$/;
// Lines were declared in other months too before the quarterly rhythm (2020.08.1, 2021.05.0).
const RECORDED_ESR = /^([1-3][0-9]{3})\.(0?[1-9]|1[0-2])\.(0|[1-9][0-9]*)$/;
const YEAR_LIKE = /^[1-3][0-9]{3}\./;
const REVISION = /^rev([0-9]+)$/;
const ESR_MONTHS = '1, 4, 7 or 10';

/**
 * Reads a version of the OS; one leading `v` is allowed. A year-like major is an ESR version and must have
 * one of the four ESR months and no suffix (balena-automation 5.3); everything else is strict semver with an
 * optional `revN` in the build part. Throws usage `version.malformed`.
 */
export function parseOsVersion(text: string): OsVersion {
  const bare = withoutLetter(text);
  const esr = parseEsr(text, ESR.exec(bare));
  if (esr !== undefined) return esr;
  if (YEAR_LIKE.test(bare)) throw malformed(text, whyNotEsr(bare));
  return parseSemver(text, bare);
}

/**
 * Reads a version that a server or an old tag carries: like `parseOsVersion`, but an ESR version may have any
 * month, because lines were once declared outside the quarters. Throws usage `version.malformed`.
 */
export function parseRecordedVersion(text: string): OsVersion {
  return parseEsr(text, RECORDED_ESR.exec(withoutLetter(text))) ?? parseOsVersion(text);
}

export function isEsrVersion(version: OsVersion): version is EsrVersion {
  return version.kind === 'esr';
}

/**
 * Total order inside one kind (balena-automation 6): semver by core, prerelease, then revision; ESR by year,
 * month, patch whatever the padding. Throws usage `version.not-comparable` across kinds.
 */
export function compareOsVersions(a: OsVersion, b: OsVersion): -1 | 0 | 1 {
  if (a.kind === 'semver' && b.kind === 'semver') {
    const byPrecedence = semver.compare(a.canonical, b.canonical);
    return byPrecedence === 0 ? compareNumbers(a.revision, b.revision) : byPrecedence;
  }
  if (a.kind === 'esr' && b.kind === 'esr') {
    const byLine = compareNumbers(a.year, b.year) || compareNumbers(a.month, b.month);
    return byLine === 0 ? compareNumbers(a.patch, b.patch) : byLine;
  }
  throw badUsage('version.not-comparable', `versions ${a.text} and ${b.text} cannot be compared`, {
    hint: 'one is an ESR version and the other is not; compare the versions they are based on',
  });
}

/** The canonical text: no leading `v`, no padding. */
export function formatOsVersion(version: OsVersion): string {
  return version.canonical;
}

/** Reads a git tag such as `v6.5.1+rev2`; the `v` is required. Throws usage `version.malformed`. */
export function osVersionFromTag(tag: string): OsVersion {
  if (!tag.startsWith('v')) throw malformed(tag, 'a version tag starts with "v"');
  return parseOsVersion(tag);
}

/** The git tag of a version: `v6.5.1+rev2`. */
export function tagOfVersion(version: OsVersion): string {
  return `v${version.canonical}`;
}

function parseEsr(text: string, match: RegExpExecArray | null): EsrVersion | undefined {
  if (match === null) return undefined;
  const [year, month, patch] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (!Number.isSafeInteger(patch)) throw malformed(text, 'its patch number is too large');
  return { kind: 'esr', text, canonical: `${year}.${month}.${patch}`, year, month, patch };
}

function parseSemver(text: string, bare: string): SemverVersion {
  // The library trims and accepts a second prefix; a version does not.
  const parsed = /^[0-9]\S*$/.test(bare) ? semver.parse(bare) : null;
  if (parsed === null) throw malformed(text, 'a version is three numbers such as 6.5.1 or 6.5.1+rev2');
  const build = parsed.build.map(withoutPadding);
  const revisions = build.flatMap((part) => REVISION.exec(part)?.slice(1) ?? []).map(Number);
  if (revisions.length > 1) throw malformed(text, 'it names two revisions');
  const revision = revisions[0] ?? 0;
  if (!Number.isSafeInteger(revision)) throw malformed(text, 'its revision number is too large');
  const { major, minor, patch, prerelease } = parsed;
  const canonical = build.length === 0 ? parsed.version : `${parsed.version}+${build.join('.')}`;
  return {
    kind: 'semver',
    text,
    canonical,
    major,
    minor,
    patch,
    prerelease: [...prerelease],
    revision,
    build,
  };
}

function withoutPadding(identifier: string): string {
  return identifier.replace(/^rev0+(?=[0-9])/, 'rev');
}

function withoutLetter(text: string): string {
  return text.startsWith('v') ? text.slice(1) : text;
}

function whyNotEsr(bare: string): string {
  const month = /^[0-9]+\.([0-9]+)\.[0-9]+$/.exec(bare)?.[1];
  if (month !== undefined && !/^(0?[147]|10)$/.test(month)) {
    return `the month of an ESR version is ${ESR_MONTHS}, not ${month}`;
  }
  return `a version that begins with a year is an ESR version: YYYY.M.P with month ${ESR_MONTHS} and no suffix`;
}

function malformed(text: string, reason: string): OsrelError {
  return badUsage('version.malformed', `version ${JSON.stringify(text)} is malformed: ${reason}`, {
    hint: 'write it as 6.5.1, 6.5.1+rev2 or, for an ESR, 2026.7.0',
    details: { version: text, reason },
  });
}

function compareNumbers(a: number, b: number): -1 | 0 | 1 {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
