import type { TestMatrixEntry } from '../model/test-matrix.ts';
import {
  type Config,
  type EnvironmentConfig,
  EVENT_ACTIONS,
  EVENT_NAMES,
  type EventAction,
  type EventCell,
  type EventChoice,
  type EventName,
  type EventPolicy,
  type GithubConfig,
  type MachineConfig,
  type MachineImagesConfig,
  type StoreConfig,
} from './config.ts';
import {
  DEFAULT_EVENTS,
  DEFAULT_GITHUB,
  DEFAULT_LOCAL_ENVIRONMENT,
  DEFAULTS,
  LOCAL_ENVIRONMENT,
} from './default-config.ts';
import { normalizeBuild, normalizeMachineBuild } from './normalize-build.ts';
import { evidenceWish, normalizeTests } from './normalize-tests.ts';
import type {
  WrittenConfig,
  WrittenEnvironment,
  WrittenGithub,
  WrittenMachineImages,
  WrittenStore,
} from './written-config.ts';

export interface NormalizeRequest {
  readonly written: WrittenConfig;
  /** Name of the file for origins: `osrel.yml`. */
  readonly file: string;
  /** The parsed `tests.matrix`; undefined when the file names none. */
  readonly matrix: readonly TestMatrixEntry[] | undefined;
}

/** The checked configuration with every default filled in; origins come later, from `originsOf`. */
export function normalizeConfig(request: NormalizeRequest): Omit<Config, 'origins'> {
  const { written } = request;
  return {
    system: written.system ?? DEFAULTS.system,
    machines: machinesOf(written),
    build: normalizeBuild(written.build ?? {}),
    tests: normalizeTests(request),
    artifacts: {
      keep: written.artifacts?.keep ?? DEFAULTS.keepArtifacts,
      adopt: written.artifacts?.adopt ?? DEFAULTS.adoptArtifacts,
    },
    composition: { mergeArrays: written.composition?.['merge-arrays'] ?? DEFAULTS.mergeArrays },
    environments: environmentsOf(written),
    defaultEnvironment: written.environment ?? DEFAULTS.defaultEnvironment,
    events: eventsOf(request),
  };
}

function machinesOf(written: WrittenConfig): readonly MachineConfig[] {
  return Object.entries(written.machines ?? {}).map(([machine, wish]) => ({
    machine,
    deviceType: wish?.slug ?? wish?.['device-type'] ?? machine,
    tier: wish?.tier ?? DEFAULTS.tier,
    buildArguments: wish?.build?.args ?? [],
    build: normalizeMachineBuild(written.build ?? {}, wish?.build ?? {}),
    evidence: evidenceWish(wish?.tests ?? {}),
  }));
}

function environmentsOf(written: WrittenConfig): Config['environments'] {
  const wishes = Object.entries(written.environments ?? {});
  const local = wishes.find(([name]) => name === LOCAL_ENVIRONMENT)?.[1];
  const remotes = wishes.filter(([name]) => name !== LOCAL_ENVIRONMENT);
  return Object.fromEntries([
    [LOCAL_ENVIRONMENT, localEnvironment(local ?? {})],
    ...remotes.map(([name, wish]) => [name, remoteEnvironment(name, wish ?? {})] as const),
  ]);
}

function localEnvironment(wish: WrittenEnvironment): EnvironmentConfig {
  const { balena } = DEFAULT_LOCAL_ENVIRONMENT;
  return {
    ...DEFAULT_LOCAL_ENVIRONMENT,
    balena: { ...balena, organization: wish.balena?.organization ?? balena.organization },
  };
}

function remoteEnvironment(name: string, wish: WrittenEnvironment): EnvironmentConfig {
  return {
    name,
    kind: 'remote',
    balena: {
      // The reference workflow names its environments by their host (balena-workflow 1.4, test balena host).
      host: wish.balena?.host ?? name,
      organization: wish.balena?.organization ?? DEFAULTS.organization,
      api: wish.balena?.api ?? null,
      registry: wish.balena?.registry ?? null,
    },
    store: storeOf(wish.store ?? {}),
    github: wish.github === undefined || wish.github === null ? null : githubOf(wish.github),
    machineImages: machineImagesOf(wish['machine-images'] ?? undefined),
    secrets: wish.secrets ?? {},
  };
}

function storeOf(wish: WrittenStore): StoreConfig {
  const endpoint = wish.endpoint ?? null;
  return {
    kind: 's3',
    bucket: wish.bucket ?? null,
    region: wish.region ?? null,
    endpoint,
    pathStyle: wish['path-style'] ?? null,
    acl: wish.acl ?? 'canned',
    // AES256 is what the reference workflow asks AWS for (balena-workflow 6.2); other stores often refuse the header.
    encryption: wish.encryption ?? (endpoint === null ? 'AES256' : 'none'),
    kmsKey: wish['kms-key'] ?? null,
  };
}

function githubOf(wish: WrittenGithub): GithubConfig {
  return {
    api: wish.api ?? DEFAULT_GITHUB.api,
    checks: wish.checks ?? DEFAULT_GITHUB.checks,
    waitMinutes: wish['wait-minutes'] ?? DEFAULT_GITHUB.waitMinutes,
    report: wish.report ?? DEFAULT_GITHUB.report,
  };
}

/** Region and bucket are demanded by the rules before anything uses them. */
function machineImagesOf(wish: WrittenMachineImages | undefined): MachineImagesConfig | null {
  if (wish?.region === undefined || wish.bucket === undefined) return null;
  return {
    region: wish.region,
    endpoint: wish.endpoint ?? null,
    bucket: wish.bucket,
    kmsKey: wish['kms-key'] ?? null,
    architecture: wish.architecture ?? 'x86_64',
    test: wish.test ?? [],
  };
}

function eventsOf({ written, file }: NormalizeRequest): Config['events'] {
  return record(EVENT_NAMES, (event) => policyOf(event, written, file));
}

function policyOf(event: EventName, written: WrittenConfig, file: string): EventPolicy {
  const wishes = written.events?.[event];
  return record(EVENT_ACTIONS, (action): EventCell => {
    const wish = choiceOf(wishes?.[action]);
    if (wish === undefined) return { choice: DEFAULT_EVENTS[event][action], origin: 'default' };
    return { choice: wish, origin: `${file}: ${cellKey(event, action)}` };
  });
}

function cellKey(event: EventName, action: EventAction): string {
  return `events.${event}.${action}`;
}

function choiceOf(value: boolean | EventChoice | undefined): EventChoice | undefined {
  if (typeof value !== 'boolean') return value;
  return value ? 'yes' : 'no';
}

function record<Key extends string, Value>(
  keys: readonly Key[],
  make: (key: Key) => Value,
): Record<Key, Value> {
  // Every key of the closed list gets a value, which fromEntries cannot express.
  return Object.fromEntries(keys.map((key) => [key, make(key)])) as Record<Key, Value>;
}
