import { badConfig, type OsBuildRequest } from '@osrel/core';
import { checkBuildName, checkTarget } from '../build-name.ts';

/** Where the shared folders are as barys will see them: absolute paths, or null for none. */
export interface SharedFolders {
  readonly downloads: string | null;
  readonly sharedState: string | null;
}

export interface BarysArguments {
  readonly arguments: readonly string[];
  /** Variables that barys would break apart (balena-automation 1.2, QUIRK c); they go to conf/auto.conf instead. */
  readonly leftOver: readonly { readonly name: string; readonly value: string }[];
}

type Variable = OsBuildRequest['settings']['variables'][number];

/**
 * The arguments of barys for one service, in the reference's order (balena-workflow 4.2): machine, bitbake arguments
 * and targets, switches, variables. A greedy list option is never last, where barys would misread it: with nothing to
 * follow them the lists come first. Throws usage `build.malformed-name` and config `build.argument-unusable`.
 */
export function renderBarysArguments(request: OsBuildRequest, folders: SharedFolders): BarysArguments {
  const { settings } = request;
  const usable = settings.variables.filter(isUsable);
  const first = ['--log', '--machine', checkBuildName('machine', request.machine)];
  const lists = [
    ...bitbakeWords(settings.bitbakeArguments),
    ...targetsOf(request).flatMap((target) => ['--bitbake-target', target]),
  ];
  const others = [
    ...(settings.continueAfterFailure ? ['--continue'] : []),
    ...(settings.developmentImage ? ['--development-image'] : []),
    ...(settings.compressImage ? ['--compress'] : []),
    ...(settings.buildHistory ? ['--build-history'] : []),
    ...(settings.buildDirectory === 'build'
      ? []
      : ['--build-name', checkBuildName('build folder', settings.buildDirectory)]),
    ...optionOf('--supervisor-version', settings.supervisorVersion),
    ...optionOf('--templates-path', settings.templates),
    ...usable.flatMap(({ name, value }) => ['-a', `${name}=${value}`]),
    ...optionOf('--shared-downloads', folders.downloads),
    ...optionOf('--shared-sstate', folders.sharedState),
    ...(settings.removeWork ? ['--rm-work'] : []),
  ];
  return {
    arguments: others.length > 0 ? [...first, ...lists, ...others] : [...lists, ...first],
    leftOver: settings.variables.filter((variable) => !isUsable(variable)),
  };
}

/** The recipe of an extension and the configured targets; none: barys builds the images of the device types. */
function targetsOf({ recipe, settings }: OsBuildRequest): readonly string[] {
  const targets = settings.targets.length > 0 ? settings.targets : recipe === undefined ? [] : [recipe];
  return targets.map(checkTarget);
}

/** The option takes a first word whatever it is, and then every word up to one that begins with a dash. */
function bitbakeWords(words: readonly string[]): readonly string[] {
  return words.flatMap((word, index) => {
    if (word === '' || /[\s*?[]/.test(word))
      throw unusableWord(`the bitbake argument ${JSON.stringify(word)}`);
    return index === 0 || word.startsWith('-') ? ['--bitbake-args', word] : [word];
  });
}

/** barys cuts at white space, lets the shell expand wildcards, and puts the rest between quotes. */
function isUsable({ value }: Variable): boolean {
  return !/[\s"*?[\\]/.test(value);
}

/** These end up in a `sed` expression of barys. */
function optionOf(option: string, value: string | null): readonly string[] {
  if (value === null) return [];
  if (value === '' || /[\s"'`$&#\\]/.test(value)) throw unusableWord(`${option} ${JSON.stringify(value)}`);
  return [option, value];
}

function unusableWord(what: string): Error {
  return badConfig('build.argument-unusable', `barys cannot take ${what}: it has no quoting`, {
    hint: 'choose a value without spaces, quotes and wildcards, or build with the front end bitbake',
  });
}
