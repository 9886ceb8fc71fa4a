import {
  asOsrelError,
  compareOsVersions,
  type DeviceType,
  type EsrTags,
  formatOsVersion,
  type HostappRelease,
  IGNORE_MARKER,
  MANIFEST_NAME,
  type OsVersion,
  parseRecordedVersion,
  type SourceTag,
  WITHDRAWN_MARKER,
} from '@osrel/core';
import { readEsrFleet } from '../esr-fleet.ts';
import type { Workspace } from '../host.ts';

type StoreState = 'incomplete' | 'published' | 'withdrawn';

/** One version of one line, as each side knows it. */
export interface VersionStatus {
  readonly version: string;
  /** Name of the git tag; null without one. */
  readonly gitTag: string | null;
  /** `withdrawn`: it was final, and every final one was taken back. */
  readonly release: 'none' | 'draft' | 'final' | 'withdrawn';
  readonly releaseIds: readonly number[];
  /** Those of them that are drafts; a pull request leaves one of the version before it. */
  readonly draftIds: readonly number[];
  /** Those that carry one and the same mark: one release made twice. */
  readonly doubledIds: readonly number[];
  readonly store: StoreState | 'none';
  readonly isLatest: boolean;
}

/** The rolling or the ESR line of a device type. */
export interface LineStatus {
  readonly slug: string;
  readonly line: 'rolling' | 'esr';
  readonly application: string;
  readonly applicationExists: boolean;
  /** What the pointer says; null without one. */
  readonly latest: string | null;
  /** Only for the ESR line. */
  readonly esrTags: EsrTags | null;
  /** Newest first. */
  readonly versions: readonly VersionStatus[];
}

/** Reads both lines of a device type from every side. */
export async function readStatus(
  device: DeviceType,
  tags: readonly SourceTag[],
  workspace: Workspace,
): Promise<readonly LineStatus[]> {
  return Promise.all([
    readLine('rolling', device, { tags, workspace }),
    readLine('esr', device, { tags, workspace }),
  ]);
}

interface Sides {
  readonly tags: readonly SourceTag[];
  readonly workspace: Workspace;
}

async function readLine(
  line: 'rolling' | 'esr',
  device: DeviceType,
  { tags, workspace }: Sides,
): Promise<LineStatus> {
  const { ports, config, environment } = workspace;
  const organization = config.environments[environment]?.balena.organization ?? '';
  const application = `${organization}/${device.slug}${line === 'esr' ? '-esr' : ''}`;
  const folder = `${line === 'esr' ? 'esr-images' : 'images'}/${device.slug}`;
  const [found, stored, latest, fleet] = await Promise.all([
    ports.hostappApplications.find(application),
    ports.objectStore.list(`${folder}/`),
    ports.objectStore.readText(`${folder}/latest`),
    readEsrFleet(device, workspace),
  ]);
  const releases = found === undefined ? [] : await ports.hostappReleases.list(application);
  const store = storeStates(stored.map((object) => object.key.slice(folder.length + 1)));
  const latestVersion = latest === undefined ? null : latest.text.trim();
  const ofLine = tags.filter((tag) => findVersion(tag.name)?.kind === (line === 'esr' ? 'esr' : 'semver'));
  return {
    slug: device.slug,
    line,
    application,
    applicationExists: found !== undefined,
    latest: latestVersion,
    esrTags: line === 'esr' ? fleet.tags : null,
    versions: joinSides({
      tags: ofLine,
      releases,
      store,
      latest: latestVersion,
    }),
  };
}

interface JoinRequest {
  readonly tags: readonly SourceTag[];
  readonly releases: readonly HostappRelease[];
  readonly store: ReadonlyMap<string, StoreState>;
  readonly latest: string | null;
}

function joinSides({ tags, releases, store, latest }: JoinRequest): readonly VersionStatus[] {
  const names = [
    ...tags.map((tag) => tag.name),
    ...releases.map((release) => release.version),
    ...store.keys(),
  ];
  const versions = new Map(
    names.flatMap((name) =>
      findVersion(name) === undefined ? [] : [[keyOf(name), findVersion(name)] as const],
    ),
  );
  return [...versions.entries()]
    .toSorted(([, a], [, b]) =>
      a === undefined || b === undefined || a.kind !== b.kind ? 0 : compareOsVersions(b, a),
    )
    .map(([version]) => {
      const all = releases.filter((release) => keyOf(release.version) === version);
      const own = all.filter((release) => !release.isInvalidated);
      return {
        version,
        gitTag: tags.find((tag) => keyOf(tag.name) === version)?.name ?? null,
        release: stateOf(all),
        releaseIds: own.map((release) => release.id),
        draftIds: own.filter((release) => !release.isFinal).map((release) => release.id),
        doubledIds: own.filter((release) => isDoubled(release, own)).map((release) => release.id),
        store: [...store].find(([name]) => keyOf(name) === version)?.[1] ?? 'none',
        isLatest: latest !== null && keyOf(latest) === version,
      };
    });
}

function stateOf(all: readonly HostappRelease[]): VersionStatus['release'] {
  const own = all.filter((release) => !release.isInvalidated);
  if (own.some((release) => release.isFinal)) return 'final';
  if (all.some((release) => release.isFinal)) return 'withdrawn';
  return own.length === 0 ? 'none' : 'draft';
}

function isDoubled(release: HostappRelease, all: readonly HostappRelease[]): boolean {
  return release.mark !== null && all.some((other) => other.id !== release.id && other.mark === release.mark);
}

/** A version's folder is published when its manifest is there and no marker hides it. */
function storeStates(keys: readonly string[]): ReadonlyMap<string, StoreState> {
  const folders = Map.groupBy(
    keys.filter((key) => key.includes('/')),
    (key) => key.slice(0, key.indexOf('/')),
  );
  return new Map(
    [...folders].map(([version, files]) => {
      if (files.includes(`${version}/${WITHDRAWN_MARKER}`)) return [version, 'withdrawn'];
      const isWhole =
        files.includes(`${version}/${MANIFEST_NAME}`) && !files.includes(`${version}/${IGNORE_MARKER}`);
      return [version, isWhole ? 'published' : 'incomplete'];
    }),
  );
}

function keyOf(name: string): string {
  const version = findVersion(name);
  return version === undefined ? name : formatOsVersion(version);
}

/** The version that a name is; undefined for other tags and folders. */
function findVersion(name: string): OsVersion | undefined {
  try {
    return parseRecordedVersion(name);
  } catch (error) {
    if (asOsrelError(error)?.code === 'version.malformed') return undefined;
    throw error;
  }
}
