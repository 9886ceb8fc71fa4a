import type { Json } from '../model/json-value.ts';
import { formatKeyPath } from '../model/schema-problems.ts';
import {
  type Config,
  type EnvironmentConfig,
  EVENT_ACTIONS,
  EVENT_NAMES,
  type GithubConfig,
  type MachineImagesConfig,
} from './config.ts';
import { buildSettings, machineBuildSettings } from './list-build-settings.ts';
import { machineTestSettings, testSettings } from './list-test-settings.ts';
import { type KeyPath, type Setting, setting } from './setting.ts';

/** A row of `osrel config print`. */
export interface ExplainedSetting {
  /** Key path as osrel.yml has it: `events.tag.deploy-s3`. */
  readonly path: string;
  /** Secrets by the name of their environment variable. */
  readonly value: Json;
  /** `default` or `osrel.yml:12`. */
  readonly origin: string;
}

/** Every value of the configuration with where it came from, in the order of the schema. */
export function explainConfig(config: Config): readonly ExplainedSetting[] {
  return listSettings(config).map(({ path, value }) => {
    const key = formatKeyPath(path);
    return { path: key, value, origin: config.origins[key] ?? 'default' };
  });
}

/** Where every value came from, by its key path; `placeOf` answers undefined for a key that is not written. */
export function originsOf(
  config: Omit<Config, 'origins'>,
  placeOf: (path: KeyPath) => string | undefined,
): Config['origins'] {
  return Object.fromEntries(
    listSettings(config).map(({ path, decidedBy }) => {
      const places = decidedBy.map(placeOf).filter((place) => place !== undefined);
      return [formatKeyPath(path), places[0] ?? 'default'];
    }),
  );
}

/** The configuration as flat settings. */
export function listSettings(config: Omit<Config, 'origins'>): readonly Setting[] {
  return [
    setting(['system'], config.system),
    setting(['environment'], config.defaultEnvironment),
    ...machineSettings(config),
    ...buildSettings(config.build),
    ...testSettings(config),
    setting(['artifacts', 'keep'], config.artifacts.keep),
    setting(['artifacts', 'adopt'], config.artifacts.adopt),
    setting(['composition', 'merge-arrays'], config.composition.mergeArrays),
    ...Object.values(config.environments).flatMap(environmentSettings),
    ...eventSettings(config),
  ];
}

function machineSettings(config: Omit<Config, 'origins'>): readonly Setting[] {
  if (config.machines.length === 0) return [setting(['machines'], 'every device type of the repository')];
  return config.machines.flatMap(({ machine, deviceType, tier, evidence, ...machineBuild }) => [
    setting(['machines', machine, 'slug'], deviceType, ['machines', machine, 'device-type']),
    setting(['machines', machine, 'tier'], tier),
    ...machineTestSettings({ machine, evidence }),
    ...machineBuildSettings({ machine, ...machineBuild }, config.build),
  ]);
}

function githubSettings(at: (...keys: KeyPath) => KeyPath, github: GithubConfig | null): readonly Setting[] {
  if (github === null) return [];
  return [
    setting(at('github', 'api'), github.api),
    ...Object.entries(github.checks).map(([suite, names]) =>
      setting(at('github', 'checks', suite), [...names]),
    ),
    setting(at('github', 'wait-minutes'), github.waitMinutes),
    setting(at('github', 'report'), github.report),
  ];
}

function machineImageSettings(
  at: (...keys: KeyPath) => KeyPath,
  machineImages: MachineImagesConfig | null,
): readonly Setting[] {
  if (machineImages === null) return [];
  const { region, endpoint, bucket, kmsKey, architecture, test } = machineImages;
  return [
    setting(at('machine-images', 'region'), region),
    setting(at('machine-images', 'endpoint'), endpoint),
    setting(at('machine-images', 'bucket'), bucket),
    setting(at('machine-images', 'kms-key'), kmsKey),
    setting(at('machine-images', 'architecture'), architecture),
    setting(at('machine-images', 'test'), [...test]),
  ];
}

function environmentSettings({
  name,
  kind,
  balena,
  store,
  github,
  machineImages,
  secrets,
}: EnvironmentConfig): readonly Setting[] {
  const at = (...keys: KeyPath): KeyPath => ['environments', name, ...keys];
  const remote =
    kind === 'local'
      ? []
      : [
          setting(at('balena', 'host'), balena.host),
          setting(at('store', 'bucket'), store.bucket),
          setting(at('store', 'region'), store.region),
          setting(at('store', 'endpoint'), store.endpoint),
          setting(at('store', 'path-style'), store.pathStyle),
          setting(at('store', 'acl'), store.acl),
          setting(at('store', 'encryption'), store.encryption),
          setting(at('store', 'kms-key'), store.kmsKey),
          setting(at('balena', 'api'), balena.api),
          setting(at('balena', 'registry'), balena.registry),
          ...githubSettings(at, github),
          ...machineImageSettings(at, machineImages),
        ];
  return [
    setting(at('balena', 'organization'), balena.organization),
    setting(at('store', 'kind'), store.kind),
    ...remote,
    ...Object.entries(secrets).map(([secret, { env }]) => setting(at('secrets', secret, 'env'), env)),
  ];
}

function eventSettings(config: Omit<Config, 'origins'>): readonly Setting[] {
  return EVENT_NAMES.flatMap((event) =>
    EVENT_ACTIONS.map((action) => setting(['events', event, action], config.events[event][action].choice)),
  );
}
