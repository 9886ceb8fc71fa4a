import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { badConfig, type OsBuildRequest, type OsrelError } from '@osrel/core';
import { makePrivate } from '../bitbake/begin-bitbake-build.ts';
import { findMissingSubmodules } from '../bitbake/find-missing-submodules.ts';
import { describeObstacles, type Obstacle, refuseObstacles } from '../bitbake/obstacle.ts';
import { removeBuildFolder } from '../bitbake/remove-build-folder.ts';
import { checkBuildName } from '../build-name.ts';
import type { BuildBeginning, FrontEnd, PreparedBuild, StartableBuild } from '../front-end.ts';
import { type Assignment, type OverrideSyntax, renderAssignments } from '../settings/assignment.ts';
import { findRepositoryBitbake, passthroughNameOf } from '../settings/bitbake-version.ts';
import { cacheAssignments } from '../settings/cache-assignments.ts';
import { hideSecretVariables, passSecretVariables } from '../settings/secret-variables.ts';
import { prepareSettingsFile, writeSettingsFile } from '../settings/settings-file.ts';
import { renderBarysArguments } from './render-barys-arguments.ts';

const BARYS = 'balena-yocto-scripts/build/barys';

export interface BarysFrontEndOptions {
  /** Absolute path of the device repository's root. */
  readonly root: string;
  /** The environment of the front end, without any secret. */
  readonly environment: Readonly<Record<string, string>>;
  /** The environment that has the values of `settings.secretVariables`. */
  readonly secrets: Readonly<Record<string, string | undefined>>;
  /** How the layers write overrides; asked when a source mirror is configured. */
  readonly findOverrideSyntax: () => Promise<OverrideSyntax>;
  readonly askToEnd: (buildDirectory: string, pid: number) => Promise<void>;
}

/**
 * The device repository's own front end on this machine (balena-automation 1.1 to 1.10). What it has no option for, or
 * would break apart, goes to `conf/auto.conf` before it starts; secrets travel in the environment.
 */
export function createBarysFrontEnd(options: BarysFrontEndOptions): FrontEnd {
  return { prepare: (request) => prepareBarys(request, options) };
}

async function prepareBarys(request: OsBuildRequest, options: BarysFrontEndOptions): Promise<PreparedBuild> {
  const { root, environment } = options;
  const { settings } = request;
  const buildDirectory = join(root, checkBuildName('build folder', settings.buildDirectory));
  const assetRoot = join(buildDirectory, 'tmp/deploy');
  const rendered = renderBarysArguments(request, {
    downloads: settings.downloads === null ? null : resolve(root, settings.downloads),
    sharedState: settings.sharedState === null ? null : resolve(root, settings.sharedState),
  });
  const passthrough = passthroughNameOf(await findRepositoryBitbake(root));
  const body = await renderBody(request, rendered.leftOver, options);
  const settingsFile = await prepareSettingsFile(buildDirectory, body);
  const obstacles = await findObstacles(request, buildDirectory, root);
  const command = { file: join(root, BARYS), arguments: rendered.arguments, workingDirectory: root };
  return {
    frontEnd: 'barys',
    command: {
      ...command,
      environment: hideSecretVariables(environment, settings.secretVariables, passthrough),
    },
    ownVariables: settings.secretVariables.map(({ name }) => name),
    settingsFile: settingsFile.text === '' ? null : settingsFile,
    notes: [
      ...(settings.fresh ? [`${buildDirectory} is removed first`] : []),
      ...(rendered.leftOver.length === 0
        ? []
        : [
            `barys cannot take ${rendered.leftOver.map(({ name }) => name).join(', ')}: set in conf/auto.conf`,
          ]),
    ],
    problems: describeObstacles(obstacles),
    buildDirectory,
    assetRoot,
    imagesDirectory: join(assetRoot, 'images', request.machine),
    begin: async (beginning) => {
      refuseObstacles(obstacles);
      const secrets = { available: options.secrets, passthrough };
      const own = passSecretVariables(environment, settings.secretVariables, secrets);
      // barys would do it too, but after the settings file was written.
      if (settings.fresh) await removeBuildFolder(buildDirectory);
      await writeSettingsFile(
        settings.fresh ? await prepareSettingsFile(buildDirectory, body) : settingsFile,
      );
      await makePrivate(beginning.eventLog);
      return startable({ ...command, environment: own }, buildDirectory, beginning, options);
    },
  };
}

function startable(
  command: StartableBuild['command'],
  buildDirectory: string,
  { eventLog, mark }: BuildBeginning,
  { askToEnd }: BarysFrontEndOptions,
): StartableBuild {
  return {
    // bitbake takes the file from its environment, so that the arguments of barys stay those of the reference.
    command: { ...command, environment: { ...command.environment, ...mark, BBEVENTLOG: eventLog } },
    eventLog,
    askToEnd: (pid) => askToEnd(buildDirectory, pid),
    judge: (end, { barysResults }) => {
      const failed = barysResults.filter(({ result }) => result === 'failed').length;
      if (end.kind !== 'exited' || end.exitCode !== 0 || failed === 0) return undefined;
      return `${failed} of ${barysResults.length} bitbake calls failed, and barys ended with 0 all the same`;
    },
    finish: async () => undefined,
  };
}

/** The body of osrel's block in auto.conf: what barys has no option for. */
async function renderBody(
  { settings }: OsBuildRequest,
  leftOver: readonly { readonly name: string; readonly value: string }[],
  { root, findOverrideSyntax }: BarysFrontEndOptions,
): Promise<string> {
  const syntax = settings.sourceMirror.read === null ? 'colon' : await findOverrideSyntax();
  const assignments: readonly Assignment[] = [
    ...cacheAssignments(settings, { root, syntax }),
    ...leftOver.map(({ name, value }) => ({ name, operator: '=' as const, value })),
  ];
  return renderAssignments(assignments);
}

/** A submodule that was not fetched tells more than the program that is missing in it. */
async function findObstacles(
  { settings }: OsBuildRequest,
  buildDirectory: string,
  root: string,
): Promise<readonly Obstacle[]> {
  const submodules = await findMissingSubmodules({ root, templates: settings.templates, buildDirectory });
  if (submodules.length > 0) return submodules;
  const missing = await findMissingFrontEnd(join(root, BARYS));
  return missing === undefined ? [] : [{ at: BARYS, error: missing }];
}

async function findMissingFrontEnd(file: string): Promise<OsrelError | undefined> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile() ? undefined : noFrontEnd(undefined);
  } catch (error) {
    return noFrontEnd(error);
  }
}

function noFrontEnd(cause: unknown): OsrelError {
  const mayNotRun = cause instanceof Error && 'code' in cause && cause.code === 'EACCES';
  const state = mayNotRun ? 'may not be executed' : 'is missing';
  return badConfig('build.no-front-end', `the build front end ${BARYS} ${state}`, {
    hint: mayNotRun
      ? `chmod +x ${BARYS}`
      : 'it comes with the submodule balena-yocto-scripts: git submodule update --init --recursive',
    cause,
  });
}
