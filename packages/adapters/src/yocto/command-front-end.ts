import { realpath } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type BuildSettings, badConfig, type OsBuildRequest } from '@osrel/core';
import { makePrivate } from './bitbake/begin-bitbake-build.ts';
import type { FrontEndOptions } from './bitbake/front-end-options.ts';
import { removeBuildFolder } from './bitbake/remove-build-folder.ts';
import { checkBuildName } from './build-name.ts';
import type { FrontEnd, PreparedBuild } from './front-end.ts';
import { HIDDEN_VALUE, secretValues } from './settings/secret-variables.ts';

type CommandSettings = NonNullable<BuildSettings['command']>;

/**
 * Builds with a program of the repository, run in its root. What is built it learns from its environment: OSREL_MACHINE,
 * OSREL_SLUG, OSREL_RECIPE (empty: the device type's image), OSREL_SERVICE, OSREL_BUILD_DIR, MACHINE and DEVICE_TYPE;
 * BBEVENTLOG is for a bitbake it may start. `{machine}` and `{slug}` are filled in in its folders.
 */
export function createCommandFrontEnd(options: FrontEndOptions): FrontEnd {
  return { prepare: (request) => prepareCommand(request, options) };
}

async function prepareCommand(request: OsBuildRequest, options: FrontEndOptions): Promise<PreparedBuild> {
  const { settings } = request;
  const command = commandOf(settings);
  const [file = '', ...words] = command.words;
  const root = await realpath(options.root);
  const buildDirectory = join(root, checkBuildName('build folder', settings.buildDirectory));
  const own = ownVariables(request, buildDirectory);
  const names = settings.secretVariables.map(({ name }) => name);
  const run = { file, arguments: words, workingDirectory: root };
  return {
    frontEnd: 'command',
    command: {
      ...run,
      environment: {
        ...options.environment,
        ...own,
        ...Object.fromEntries(names.map((name) => [name, HIDDEN_VALUE])),
      },
    },
    ownVariables: [...Object.keys(own), ...names].sort(),
    settingsFile: null,
    notes: unusedSettings(settings),
    problems: [],
    buildDirectory,
    assetRoot: folderIn(root, command.assetRoot, request),
    imagesDirectory: folderIn(root, command.imagesDirectory, request),
    begin: async ({ eventLog, mark }) => {
      const secrets = secretValues(settings.secretVariables, options.secrets);
      if (settings.fresh) await removeBuildFolder(buildDirectory);
      await makePrivate(eventLog);
      const environment = { ...options.environment, ...own, BBEVENTLOG: eventLog, ...mark, ...secrets };
      return {
        command: { ...run, environment },
        eventLog,
        askToEnd: (pid) => options.stopping.askToEnd(buildDirectory, pid),
        judge: () => undefined,
        finish: () => options.stopping.end(buildDirectory),
      };
    },
  };
}

function commandOf({ command }: BuildSettings): CommandSettings {
  if (command !== null && command.words.length > 0 && command.words[0]?.trim() !== '') return command;
  throw badConfig('build.no-command', 'the front end command needs build.command.run', {
    hint: 'a list: the program and its arguments, such as [./build.sh, --release]',
  });
}

function ownVariables(request: OsBuildRequest, buildDirectory: string): Readonly<Record<string, string>> {
  const { settings } = request;
  return {
    ...Object.fromEntries(settings.variables.map(({ name, value }) => [name, value])),
    DEVICE_TYPE: checkBuildName('device type', request.deviceTypeBaseName),
    MACHINE: checkBuildName('machine', request.machine),
    OSREL_BUILD_DIR: buildDirectory,
    OSREL_MACHINE: request.machine,
    OSREL_RECIPE: request.recipe ?? '',
    OSREL_SERVICE: request.service,
    OSREL_SLUG: checkBuildName('slug', request.slug),
  };
}

/** Absolute. @throws config `build.folder-outside` */
function folderIn(root: string, folder: string, { machine, slug }: OsBuildRequest): string {
  const filled = folder.replaceAll('{machine}', () => machine).replaceAll('{slug}', () => slug);
  const path = join(root, filled);
  if (!relative(root, path).startsWith('..')) return path;
  throw badConfig('build.folder-outside', `the folder ${folder} of build.command leaves the repository`, {
    hint: 'a path relative to the repository root, inside it',
  });
}

/** Settings that are bitbake's business: the program may do as it likes, so that they are said to be unused. */
function unusedSettings(settings: BuildSettings): readonly string[] {
  const given: readonly (readonly [string, boolean])[] = [
    ['build.args and build.bitbake-args', settings.bitbakeArguments.length > 0],
    ['build.targets', settings.targets.length > 0],
    ['build.templates', settings.templates !== null],
    ['build.development-image', settings.developmentImage],
    ['build.compress-image', settings.compressImage],
    ['build.rm-work', settings.removeWork],
    ['build.build-history', settings.buildHistory],
    ['build.continue', settings.continueAfterFailure],
    ['build.supervisor-version', settings.supervisorVersion !== null],
    ['build.source-mirror', settings.sourceMirror.read !== null],
    ['build.hash-equivalence', settings.hashEquivalence !== null],
  ];
  return given
    .filter(([, isGiven]) => isGiven)
    .map(([key]) => `${key} has no effect: the command does not take it`);
}
