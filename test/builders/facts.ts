import type { BalenaOsFacts, CheckRun, HostappRelease } from '@osrel/core';

export const SHA = 'a'.repeat(40);
export const HEAD_SHA = 'b'.repeat(40);
export const TREE = 'd'.repeat(40);
export const REPOSITORY = 'balena-os/balena-raspberrypi';

/** What a test wants to differ from an unreleased 6.5.1 of raspberrypi4-64 on a clean checkout at its tag. */
export interface FactsChange {
  readonly version?: string;
  readonly branch?: string | null;
  readonly dirtyPaths?: readonly string[];
  readonly checks?: readonly CheckRun[];
  readonly releases?: readonly HostappRelease[];
  readonly manifestOfRelease?: Readonly<Record<string, string>>;
  readonly applicationTags?: Readonly<Record<string, string>>;
  readonly store?: Partial<BalenaOsFacts['store']>;
  readonly deployFolder?: BalenaOsFacts['deployFolder'];
  /** Absent: nobody knows the tree, and nobody looked for kept builds. */
  readonly tree?: string;
  readonly artifacts?: BalenaOsFacts['artifacts'];
  readonly receipts?: BalenaOsFacts['evidence']['receipts'];
  readonly rejected?: BalenaOsFacts['evidence']['rejected'];
  /** A release of another version that the user named. */
  readonly named?: NonNullable<BalenaOsFacts['named']>;
  readonly versionTagSha?: string | null;
  readonly remote?: Partial<BalenaOsFacts['remote']>;
  readonly deviceType?: Partial<BalenaOsFacts['deviceType']>;
  readonly composition?: BalenaOsFacts['composition'];
}

export function facts(change: FactsChange = {}): BalenaOsFacts {
  const version = change.version ?? '6.5.1';
  const esr = /^20\d\d\./.test(version);
  const tagSha = change.versionTagSha === undefined ? SHA : change.versionTagSha;
  return {
    schemaVersion: 1,
    system: 'balena-os',
    ...(change.named === undefined ? {} : { named: change.named }),
    now: '2026-07-01T08:00:00.000Z',
    source: {
      sha: SHA,
      ...(change.tree === undefined ? {} : { tree: change.tree }),
      shortSha: SHA.slice(0, 7),
      branch: change.branch === undefined ? null : change.branch,
      repository: REPOSITORY,
      dirtyPaths: change.dirtyPaths ?? [],
      tagsAtHead: tagSha === SHA ? [`v${version}`] : [],
      versionTag: tagSha === null ? null : { name: `v${version}`, sha: tagSha, annotated: true },
    },
    repositoryType: 'yocto-based OS image',
    versionFile: version,
    metaBalenaVersion: '6.5.1',
    hasChangelog: true,
    deviceType: { ...deviceType(), ...change.deviceType },
    composition: change.composition ?? {},
    osContract: null,
    evidence: {
      mergeCommit: { sha: SHA, subject: 'Merge pull request #12 from feature' },
      pullRequest:
        change.checks === undefined
          ? null
          : {
              number: 12,
              headSha: HEAD_SHA,
              headRef: 'feature',
              baseRef: 'main',
              title: null,
              mergeSha: null,
            },
      checks: change.checks ?? [],
      receipts: change.receipts ?? [],
      rejected: change.rejected ?? [],
      trace: [],
    },
    remote: {
      application: `balena_os/raspberrypi4-64${esr ? '-esr' : ''}`,
      applicationExists: true,
      applicationIsPublic: true,
      applicationIsHost: true,
      createsMissing: true,
      privacy: 'public',
      applicationTags: change.applicationTags ?? {},
      releases: change.releases ?? [],
      manifestOfRelease: change.manifestOfRelease ?? {},
      ...change.remote,
    },
    store: { latest: null, version: 'absent', manifestSha256: null, isHeld: false, ...change.store },
    deployFolder: change.deployFolder ?? null,
    ...(change.artifacts === undefined ? {} : { artifacts: change.artifacts }),
  };
}

/** A composition of the hostapp and one extension, as a device repository's overlay file has it. */
export function withExtension(
  change: {
    readonly arguments?: readonly string[];
    readonly labels?: Readonly<Record<string, string>>;
    /** A service under another name that builds the same recipe. */
    readonly twin?: string;
  } = {},
): BalenaOsFacts['composition'] {
  const extension = {
    image: '__BUILD_OUTPUT__',
    labels: change.labels ?? { 'io.balena.image.class': 'overlay' },
    'x-build': { recipe: 'hostos-tools', build_args: change.arguments ?? [] },
  };
  return {
    base: {
      file: 'layers/meta-balena/hostapp.yml',
      document: {
        services: {
          hostapp: {
            image: '__BUILD_OUTPUT__',
            labels: { 'io.balena.image.class': 'hostapp' },
            'x-build': {},
          },
        },
      },
    },
    overlay: {
      file: 'raspberrypi4-64.hostapp.yml',
      document: {
        services: {
          tools: extension,
          ...(change.twin === undefined ? {} : { [change.twin]: extension }),
        },
      },
    },
  };
}

export function check(
  name: string,
  conclusion: CheckRun['conclusion'],
  change: Partial<CheckRun> = {},
): CheckRun {
  return {
    repository: REPOSITORY,
    headSha: HEAD_SHA,
    slug: 'raspberrypi4-64',
    name,
    status: conclusion === null ? 'running' : 'completed',
    conclusion,
    summary: '',
    updatedAt: '2026-06-30T08:00:00.000Z',
    ...change,
  };
}

/** The three suites that the built-in configuration asks for, all passed on the pull request. */
export function passedChecks(): readonly CheckRun[] {
  return ['os', 'cloud', 'hup'].map((name) => check(name, 'success'));
}

export function release(change: Partial<HostappRelease> = {}): HostappRelease {
  return {
    id: 7,
    commit: 'c'.repeat(32),
    application: 'balena_os/raspberrypi4-64',
    version: '6.5.1',
    rawVersion: change.isFinal === true ? '6.5.1' : '6.5.1-1782892800000',
    isFinal: false,
    isInvalidated: false,
    revision: change.isFinal === true ? 0 : null,
    status: 'success',
    mark: null,
    sourceSha: null,
    tags: {},
    images: [],
    ...change,
  };
}

function deviceType(): BalenaOsFacts['deviceType'] {
  return {
    slug: 'raspberrypi4-64',
    name: 'Raspberry Pi 4',
    arch: 'aarch64',
    aliases: ['raspberrypi4-64'],
    state: 'RELEASED',
    machine: 'raspberrypi4-64',
    image: 'balena-image',
    fstype: 'balenaos-img',
    deployArtifact: 'balena-image-raspberrypi4-64.balenaos-img',
    imageKind: 'standard',
    fileBaseName: 'raspberrypi4-64',
    json: { slug: 'raspberrypi4-64', name: 'Raspberry Pi 4' },
  };
}
