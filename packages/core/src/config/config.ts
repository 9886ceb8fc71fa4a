import type { BuildConfig, SecretSource } from './build-config.ts';
import type { EvidencePolicyWish, TestsConfig } from './tests-config.ts';

export type { TestsConfig } from './tests-config.ts';

/** Events that a policy is kept for; `esr-tag` is a tag whose version is an ESR version. */
export const EVENT_NAMES = ['pull-request', 'tag', 'esr-tag', 'manual', 'branch', 'schedule'] as const;
export type EventName = (typeof EVENT_NAMES)[number];

/** What an event may ask for: the rows of the table in docs/reference/events.md. */
export const EVENT_ACTIONS = [
  'build',
  'run-tests',
  'deploy-hostapp',
  'deploy-s3',
  'check-merge-tests',
  'finalize-hostapp',
  'deploy-esr',
] as const;
export type EventAction = (typeof EVENT_ACTIONS)[number];

/** `as-asked`: only when the person who started the pipeline said so. */
export type EventChoice = 'yes' | 'no' | 'as-asked';

/** One cell of the table with where it came from: `default` or `osrel.yml: events.tag.deploy-s3`. */
export interface EventCell {
  readonly choice: EventChoice;
  readonly origin: string;
}

export type EventPolicy = Readonly<Record<EventAction, EventCell>>;

export interface MachineConfig {
  readonly machine: string;
  /** Base name of the device-type file; defaults to the machine. */
  readonly deviceType: string;
  readonly tier: string;
  /** Arguments of the machine's own section, as written. */
  readonly buildArguments: readonly string[];
  /** How it is built: its own section over the general one. */
  readonly build: BuildConfig;
  /** What finalization asks for this machine in particular. */
  readonly evidence: EvidencePolicyWish;
}

export interface BalenaConfig {
  readonly host: string;
  readonly organization: string;
  /** Address of the API; null: `https://api.<host>`. */
  readonly api: string | null;
  /** Address of the registry; null: `https://registry2.<host>`. */
  readonly registry: string | null;
}

export interface StoreConfig {
  readonly kind: 'directory' | 's3';
  readonly bucket: string | null;
  readonly region: string | null;
  readonly endpoint: string | null;
  /** Bucket in the path instead of the host name; null: as the endpoint needs it. */
  readonly pathStyle: boolean | null;
  /** `canned`: public-read and private as object ACLs; `none`: the bucket's policy decides. */
  readonly acl: 'canned' | 'none';
  readonly encryption: 'AES256' | 'aws:kms' | 'none';
  /** Only with `aws:kms`; null: the account's own key. */
  readonly kmsKey: string | null;
}

export interface GithubConfig {
  /** Address of the REST API; null: `https://api.github.com`. */
  readonly api: string | null;
  /** Names of the checks that prove a suite, by suite; `{slug}` and `{suite}` are filled in. */
  readonly checks: Readonly<Record<string, readonly string[]>>;
  /** How long checks that still run are waited for. */
  readonly waitMinutes: number;
  /** Whether osrel reports its stages on the commit. */
  readonly report: boolean;
}

/** Amazon machine images (balena-workflow 10). */
export interface MachineImagesConfig {
  readonly region: string;
  /** Address of the EC2 API; null: AWS. */
  readonly endpoint: string | null;
  /** Bucket that the raw image is uploaded to for the import; removed again afterwards. */
  readonly bucket: string;
  readonly kmsKey: string | null;
  readonly architecture: 'x86_64' | 'arm64';
  /** A command that tests the image; it gets its id in OSREL_MACHINE_IMAGE. Empty: none. */
  readonly test: readonly string[];
}

export interface EnvironmentConfig {
  readonly name: string;
  /** `local`: the embedded world on a directory. `remote`: real services. */
  readonly kind: 'local' | 'remote';
  readonly balena: BalenaConfig;
  readonly store: StoreConfig;
  /** Null: no code host is asked. */
  readonly github: GithubConfig | null;
  /** Null: no machine images are made. */
  readonly machineImages: MachineImagesConfig | null;
  readonly secrets: Readonly<Record<string, SecretSource>>;
}

/** The normalised configuration: every default filled in, never read again later. */
export interface Config {
  readonly system: 'balena-os';
  /** Machines that osrel.yml names; empty: every device type of the repository. */
  readonly machines: readonly MachineConfig[];
  /** How machines that osrel.yml does not name are built. */
  readonly build: BuildConfig;
  readonly tests: TestsConfig;
  /** Tested bytes of pull requests: whether they are kept in the store, and taken by the tag instead of a new build. */
  readonly artifacts: { readonly keep: boolean; readonly adopt: boolean };
  readonly composition: { readonly mergeArrays: 'replace' | 'by-index' };
  readonly environments: Readonly<Record<string, EnvironmentConfig>>;
  /** Environment used when no flag names one. */
  readonly defaultEnvironment: string;
  readonly events: Readonly<Record<EventName, EventPolicy>>;
  /** Key path -> where its value came from: `default`, `osrel.yml:12`. */
  readonly origins: Readonly<Record<string, string>>;
}
