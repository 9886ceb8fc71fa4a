import type { GivenFile, Json, Rig, SuiteEnding, SuiteObserver, SuiteRequest } from '@osrel/core';

/** What work on one suite may tell, and what ends it. */
export type SuiteFollower = Pick<SuiteObserver, 'signal' | 'onLine' | 'onProgress'>;

/** The balena account that a suite works with. */
export interface LeviathanAccount {
  /** Bare domain: `balena-cloud.com`. */
  readonly apiHost: string;
  /** Address of the API: `https://api.balena-cloud.com`. */
  readonly api: string;
  /** Read at the last moment; undefined when the variable is not set. */
  readonly readKey: () => string | undefined;
  /** Name of the environment variable, for messages. */
  readonly keyVariable: string;
}

/** A rig that this osrel holds. */
export interface HeldRig {
  readonly rig: Rig;
  /** Address as seen from this machine. */
  readonly url: string;
  /** Aborts with rig `lab.rig-lost` when the rig's heartbeat was lost. */
  readonly lost: AbortSignal;
  /** Writes the serial log there; false when the rig has none. Never throws for a rig that does not answer. */
  readonly fetchSerial: (path: string) => Promise<boolean>;
  /** Tears the rig down and frees it, within seconds; again is harmless. A rig that does not answer frees itself. */
  readonly release: () => Promise<void>;
}

export interface RigWish {
  /** Device type under test: the value of the tag `DUT`, with `-sb` added for secure boot. */
  readonly slug: string;
  readonly secureBoot: boolean;
  readonly kind: 'testbot' | 'qemu';
  /** Addresses to choose from; null: look in the fleets. */
  readonly addresses: readonly string[] | null;
  readonly fleets: readonly string[];
  readonly account: LeviathanAccount;
  /** Ids of rigs taken only when there is no other at all. */
  readonly avoid: readonly string[];
  readonly waitMs: number;
  /** Who wants it, for messages and the lease: `os on raspberrypi4-64`. */
  readonly purpose: string;
  /** What a later osrel must stop besides the rig if this one dies. */
  readonly core: { readonly url: string; readonly project: string | null };
}

/**
 * Rigs of this run. `take` waits in order of asking; throws rig `lab.no-free-rig` after `waitMs`, refused
 * `lab.no-such-rig` when no rig could ever test that device type, and what the account's API throws.
 */
export interface RigPool {
  readonly take: (wish: RigWish, follower: SuiteFollower) => Promise<HeldRig>;
}

/** A core that runs one suite at a time, lent to one suite. */
export interface CorePlace {
  /** Address as seen from this machine, without a slash at the end. */
  readonly coreUrl: string;
  /** Rigs that came with it, as seen from this machine; null: take one from the pool's own places. */
  readonly rigAddresses: readonly string[] | null;
  /** The rig's address as the core sees it. */
  readonly rigUrlForCore: (url: string) => string;
  /** Compose project; null for a core that ran before. */
  readonly project: string | null;
  /** Gives it back. `spoiled`: a suite may still run on it, so nobody gets it again. Bounded, again is harmless. */
  readonly leave: (state: 'clean' | 'spoiled') => Promise<void>;
}

export interface CorePlaceWish {
  readonly request: SuiteRequest;
  readonly account: LeviathanAccount;
}

/** Where cores come from. Throws infrastructure as rig `lab.no-core` and the like. */
export interface CorePlaces {
  readonly borrow: (wish: CorePlaceWish, follower: SuiteFollower) => Promise<CorePlace>;
}

/** A file ready to be sent. */
export interface ReadyFile {
  /** Absolute path. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Lower-case hex md5 of the bytes at `path`, as the core compares it. */
  readonly md5: string;
}

/** What a suite is sent: nothing is copied, the compressed image is shared by all suites. */
export interface Workspace {
  /** Compressed disk image, or the hostapp archive for `hup`; null: the suite gets an empty one. */
  readonly image: ReadyFile | null;
  readonly kernelHeaders: ReadyFile | null;
  readonly suite: {
    /** Absolute path of the suite's folder. */
    readonly directory: string;
    /** The core's digest of a folder (leviathan 3.3). */
    readonly md5: string;
    /** Commit of its repository, or `sha256:` of the folder's files; null when neither can be told. */
    readonly revision: string | null;
  };
  readonly given: readonly GivenFile[];
}

export interface Workspaces {
  /**
   * Throws refused `lab.unknown-suite`, `lab.missing-input` (no image, hostapp or headers where the suite needs them).
   */
  readonly prepare: (request: SuiteRequest, follower: SuiteFollower) => Promise<Workspace>;
}

/** Makes the suite's config.json; `rigUrl` as the core sees it. Holds the API key: never logged, never on a command line. */
export type RenderSettings = (
  request: SuiteRequest,
  account: LeviathanAccount,
  rigUrl: string,
) => Readonly<Record<string, Json>>;

/** What one suite left, whichever way it was driven. Files are absolute paths in a folder that the lab removes. */
export interface SuiteTrace {
  readonly ending: SuiteEnding;
  /** Everything the suite printed. */
  readonly log: string | null;
  /** Leviathan's summary, unparsed. */
  readonly summary: string | null;
  readonly serial: string | null;
  /** tar.gz of what the suite kept. */
  readonly artifacts: string | null;
}
