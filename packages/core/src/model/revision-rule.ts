import semver from 'semver';
import type { OsVersion } from './os-version.ts';

/** A final release of the application: by its raw version, or by its semver and the revision the server gave it. */
export type FinalVersion =
  | { readonly rawVersion: string }
  | { readonly semver: string; readonly revision: number };

export interface RevisionRequest {
  readonly version: OsVersion;
  /** All final releases of the application, invalidated ones too; drafts do not count. */
  readonly finals: readonly FinalVersion[];
}

export type AssignedRevision =
  | { readonly kind: 'assigned'; readonly revision: number; readonly rawVersion: string }
  | { readonly kind: 'rejected'; readonly expected: number; readonly asked: number };

export type RevisionCheck =
  | { readonly kind: 'ok'; readonly revision: number }
  | {
      readonly kind: 'conflict';
      readonly expected: number;
      readonly asked: number;
      readonly because: string;
      readonly fix: string;
    };

/**
 * What the server does on finalization (balena-workflow 7.3): the revision is one more than the highest among
 * final releases of the same major.minor.patch-prerelease, the first is 0; a `revN` in the build part must be
 * that number. The raw version of a final carries the revision when it is not 0 and not already written.
 * The server reads an ESR version as plain semver, and so does this.
 */
export function assignRevision(request: RevisionRequest): AssignedRevision {
  const { version, finals } = request;
  const key = keyOf(version.canonical);
  const taken = finals.flatMap((final) => (keyOfFinal(final) === key ? [revisionOfFinal(final)] : []));
  const expected = Math.max(-1, ...taken) + 1;
  const asked = askedRevision(version);
  if (asked !== undefined && asked !== expected) return { kind: 'rejected', expected, asked };
  const rawVersion = asked === undefined ? withRevision(version.canonical, expected) : version.canonical;
  return { kind: 'assigned', revision: expected, rawVersion };
}

/**
 * Whether this version can become final under its own name; asked before anything is built. Stricter than the
 * server: it accepts a plain version a second time and calls it `+rev1`, a name that a later release needs.
 */
export function checkRevision(request: RevisionRequest): RevisionCheck {
  const { version } = request;
  const assigned = assignRevision(request);
  const asked = askedRevision(version) ?? 0;
  const expected = assigned.kind === 'assigned' ? assigned.revision : assigned.expected;
  if (asked === expected) return { kind: 'ok', revision: expected };
  return { kind: 'conflict', expected, asked, ...explain(version, asked, expected) };
}

function explain(version: OsVersion, asked: number, expected: number) {
  const base = keyOf(version.canonical) ?? version.canonical;
  if (asked > expected) {
    return {
      because: `the next revision of ${base} is ${expected}, not ${asked}: ${nameOf(base, expected)} is not final yet, and revisions are finalized without holes`,
      fix: `finalize ${nameOf(base, expected)} first, then ${version.canonical}`,
    };
  }
  const fix =
    version.kind === 'esr'
      ? `release a new patch, such as ${version.year}.${version.month}.${version.patch + 1}`
      : `release it as ${nameOf(base, expected)}`;
  return {
    because: `${base} revision ${asked} is final already, the server's next revision is ${expected}`,
    fix,
  };
}

function nameOf(base: string, revision: number): string {
  return revision === 0 ? base : `${base}+rev${revision}`;
}

/** `major.minor.patch[-prerelease]`; undefined for a text that is no semver and so shares no key with anything. */
function keyOf(text: string): string | undefined {
  return semver.parse(text)?.version;
}

function keyOfFinal(final: FinalVersion): string | undefined {
  return keyOf('rawVersion' in final ? final.rawVersion : final.semver);
}

function revisionOfFinal(final: FinalVersion): number {
  return 'rawVersion' in final ? (writtenRevision(final.rawVersion) ?? 0) : final.revision;
}

function askedRevision(version: OsVersion): number | undefined {
  return version.kind === 'esr' ? undefined : writtenRevision(version.canonical);
}

function writtenRevision(text: string): number | undefined {
  const written = semver.parse(text)?.build.find((part) => /^rev[0-9]+$/.test(part));
  return written === undefined ? undefined : Number(written.slice('rev'.length));
}

function withRevision(canonical: string, revision: number): string {
  if (revision === 0) return canonical;
  return canonical.includes('+') ? `${canonical}.rev${revision}` : `${canonical}+rev${revision}`;
}
