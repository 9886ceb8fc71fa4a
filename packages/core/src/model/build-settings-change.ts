import type { BuildSettings } from './build-settings.ts';

/** Settings that a build may be told one by one; a key that is absent says nothing about it. */
export interface BuildSettingsChange {
  readonly buildDirectory?: string;
  readonly templates?: string;
  readonly fresh?: boolean;
  readonly continueAfterFailure?: boolean;
  readonly developmentImage?: boolean;
  readonly compressImage?: boolean;
  readonly removeWork?: boolean;
  readonly buildHistory?: boolean;
  readonly supervisorVersion?: string;
  readonly downloads?: string;
  /** The folder itself, as `--shared-sstate` names it. */
  readonly sharedState?: string;
  /** Added to what was asked for before; so are the two below. */
  readonly targets?: readonly string[];
  readonly bitbakeArguments?: readonly string[];
  readonly variables?: readonly BuildSettings['variables'][number][];
}

/** What both ask for, the first one first: single values of the second win, its lists come after. */
export function mergeSettingsChanges(
  first: BuildSettingsChange,
  second: BuildSettingsChange,
): BuildSettingsChange {
  const targets = joined(first.targets, second.targets);
  const bitbakeArguments = joined(first.bitbakeArguments, second.bitbakeArguments);
  const variables = joined(first.variables, second.variables);
  return {
    ...first,
    ...second,
    ...(targets === undefined ? {} : { targets }),
    ...(bitbakeArguments === undefined ? {} : { bitbakeArguments }),
    ...(variables === undefined ? {} : { variables: [...variables] }),
  };
}

/** The settings with the change made to them; lists grow. */
export function withSettingsChange(settings: BuildSettings, change: BuildSettingsChange): BuildSettings {
  return {
    ...settings,
    ...change,
    targets: [...settings.targets, ...(change.targets ?? [])],
    bitbakeArguments: [...settings.bitbakeArguments, ...(change.bitbakeArguments ?? [])],
    variables: [...settings.variables, ...(change.variables ?? [])],
  };
}

/**
 * The part of a change that is about the build folder and not about what is built in it. Services of one release share
 * a build folder, so that this part holds for all of them; the rest is the hostapp's alone (balena-workflow 4.2).
 */
export function folderChangeOf(change: BuildSettingsChange): BuildSettingsChange {
  const {
    targets: _targets,
    bitbakeArguments: _arguments,
    variables: _variables,
    developmentImage: _development,
    compressImage: _compress,
    supervisorVersion: _supervisor,
    ...folder
  } = change;
  return folder;
}

function joined<Item>(
  first: readonly Item[] | undefined,
  second: readonly Item[] | undefined,
): readonly Item[] | undefined {
  return first === undefined && second === undefined ? undefined : [...(first ?? []), ...(second ?? [])];
}
