import { mergeSettingsChanges } from '../model/build-settings-change.ts';
import { parseFrontEndArguments } from '../model/front-end-arguments.ts';
import { canonicalJsonText } from '../model/json.ts';
import { formatKeyPath } from '../model/schema-problems.ts';
import type { BuildConfig } from './build-config.ts';
import type { Config } from './config.ts';
import { listSettings } from './config-settings.ts';

/** What a command line says about the build; a key that is absent leaves it as configured. */
export interface BuildFlags {
  /** `none`: on this machine itself. */
  readonly container?: 'auto' | 'docker' | 'podman' | 'none';
  /** Words after `--`, as the shell gave them; they win over those of osrel.yml. */
  readonly arguments?: readonly string[];
}

/**
 * The configuration with flags laid over it, for every machine; what they change has origin `flag`. An engine keeps the
 * configured image and user. Whether the front end can run in a container is judged when a machine is planned.
 * @throws config `build.bad-arguments` with every word that is no argument for the build
 */
export function withBuildFlags(config: Config, flags: BuildFlags): Config {
  const change = (build: BuildConfig) => withFlags(build, flags);
  const changed = {
    ...config,
    build: change(config.build),
    machines: config.machines.map((machine) => ({ ...machine, build: change(machine.build) })),
  };
  return { ...changed, origins: originsAfter(config, changed) };
}

/** How the device type of that file name (without ending) is built: as its machine in osrel.yml says, or as all are. */
export function buildConfigOf(config: Pick<Config, 'build' | 'machines'>, deviceType: string): BuildConfig {
  return config.machines.find((machine) => machine.deviceType === deviceType)?.build ?? config.build;
}

function withFlags(build: BuildConfig, flags: BuildFlags): BuildConfig {
  const words = flags.arguments ?? [];
  return {
    ...build,
    container: containerWith(build.container, flags.container),
    arguments: [...build.arguments, ...words],
    settings: mergeSettingsChanges(build.settings, parseFrontEndArguments(words, 'arguments after --')),
  };
}

function containerWith(
  configured: BuildConfig['container'],
  flag: BuildFlags['container'],
): BuildConfig['container'] {
  if (flag === undefined) return configured;
  if (flag === 'none') return null;
  return { image: null, user: null, ...configured, engine: flag };
}

function originsAfter(before: Config, after: Omit<Config, 'origins'>): Config['origins'] {
  const known = new Map(listSettings(before).map(({ path, value }) => [formatKeyPath(path), value]));
  return Object.fromEntries(
    listSettings(after).map(({ path, value }) => {
      const key = formatKeyPath(path);
      const old = known.get(key);
      const isSame = old !== undefined && canonicalJsonText(old) === canonicalJsonText(value);
      return [key, isSame ? (before.origins[key] ?? 'default') : 'flag'];
    }),
  );
}
