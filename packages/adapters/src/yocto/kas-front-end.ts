import { mkdir, realpath, stat, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { badConfig, type OsBuildRequest } from '@osrel/core';
import { isMissing } from '../if-present.ts';
import { makePrivate } from './bitbake/begin-bitbake-build.ts';
import { checkBitbakeArguments } from './bitbake/bitbake-arguments.ts';
import { findOverrideSyntax } from './bitbake/find-override-syntax.ts';
import type { FrontEndOptions } from './bitbake/front-end-options.ts';
import { objectToSettings } from './bitbake/object-to-settings.ts';
import { describeObstacles, type Obstacle, refuseObstacles } from './bitbake/obstacle.ts';
import { removeBuildFolder } from './bitbake/remove-build-folder.ts';
import { checkBuildName, checkTarget } from './build-name.ts';
import type { BuildBeginning, FrontEnd, PreparedBuild, StartableBuild } from './front-end.ts';
import { type Assignment, renderAssignments } from './settings/assignment.ts';
import { buildAssignments } from './settings/build-assignments.ts';
import { judgedNames } from './settings/judge-variables.ts';
import { HIDDEN_VALUE, secretValues } from './settings/secret-variables.ts';
import { prepareSettingsFile, writeSettingsFile } from './settings/settings-file.ts';

/** Relative to the root; kas wants all files of one call in one repository. */
const SECRETS_FILE = '.osrel/cache/kas/secret-variables.yml';

/**
 * Builds with `kas build` and the repository's own kas file. kas makes layers, bblayers.conf and local.conf; osrel's
 * settings reach bitbake through conf/auto.conf, which kas leaves alone, machine and targets through kas' own options.
 */
export function createKasFrontEnd(options: FrontEndOptions): FrontEnd {
  return {
    prepare: async (request) => {
      const build = await lookUpKasBuild(request, options);
      const { buildDirectory, environment, obstacles } = build;
      const assetRoot = join(buildDirectory, 'tmp/deploy');
      const secretNames = request.settings.secretVariables.map(({ name }) => name);
      const hidden = Object.fromEntries(secretNames.map((name) => [name, HIDDEN_VALUE]));
      return {
        frontEnd: 'kas',
        command: kasCommand(build, { ...options.environment, ...environment, ...hidden }, 'EVENT_LOG'),
        ownVariables: [...Object.keys(environment), ...secretNames].sort(),
        settingsFile: await prepareSettingsFile(buildDirectory, build.body),
        notes: notesOf(request),
        problems: describeObstacles(obstacles),
        watchedVariables: judgedNames(build.assignments),
        buildDirectory,
        assetRoot,
        imagesDirectory: join(assetRoot, 'images', request.machine),
        begin: (beginning) => beginKasBuild(build, beginning),
      } satisfies PreparedBuild;
    },
  };
}

interface KasBuild {
  readonly request: OsBuildRequest;
  readonly options: FrontEndOptions;
  readonly root: string;
  readonly buildDirectory: string;
  /** As kas takes it: one file, or several with a colon between. */
  readonly files: string;
  readonly assignments: readonly Assignment[];
  /** Of osrel's block in auto.conf. */
  readonly body: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly obstacles: readonly Obstacle[];
}

async function lookUpKasBuild(request: OsBuildRequest, options: FrontEndOptions): Promise<KasBuild> {
  const { settings } = request;
  const machine = checkBuildName('machine', request.machine);
  checkBuildName('device type', request.deviceTypeBaseName);
  const root = await realpath(options.root);
  const buildDirectory = join(root, checkBuildName('build folder', settings.buildDirectory));
  const files = kasFilesOf(settings.kasFile);
  const assignments = buildAssignments(request, { root, syntax: await findOverrideSyntax(root) });
  const missing = await listMissing(root, files);
  return {
    request,
    options,
    root,
    buildDirectory,
    files: [...files, ...(settings.secretVariables.length > 0 ? [SECRETS_FILE] : [])].join(':'),
    assignments,
    body: renderAssignments(assignments),
    environment: { KAS_BUILD_DIR: buildDirectory, KAS_MACHINE: machine, KAS_WORK_DIR: root },
    obstacles: missing.map(kasFileMissing),
  };
}

/** Bitbake's options go behind `--`; kas keeps the environment from it, so that the event log is named there too. */
function kasCommand(
  { request, root, files }: KasBuild,
  environment: Readonly<Record<string, string>>,
  eventLog: string,
): PreparedBuild['command'] {
  const { settings, recipe } = request;
  // Without a wish the kas file's own target is built.
  const targets = settings.targets.length > 0 ? settings.targets : recipe === undefined ? [] : [recipe];
  const given = checkBitbakeArguments(settings.bitbakeArguments);
  const resume = settings.continueAfterFailure && !given.includes('-k') ? ['-k'] : [];
  return {
    file: 'kas',
    arguments: [
      'build',
      ...targets.flatMap((target) => ['--target', checkTarget(target)]),
      files,
      '--',
      '-w',
      eventLog,
      ...resume,
      ...given,
    ],
    workingDirectory: root,
    environment,
  };
}

async function beginKasBuild(build: KasBuild, beginning: BuildBeginning): Promise<StartableBuild> {
  const { request, options, buildDirectory } = build;
  refuseObstacles(build.obstacles);
  const secrets = secretValues(request.settings.secretVariables, options.secrets);
  if (request.settings.fresh) await removeBuildFolder(buildDirectory);
  await writeSettingsFile(await prepareSettingsFile(buildDirectory, build.body));
  if (request.settings.secretVariables.length > 0) await writeSecretNames(build);
  await makePrivate(beginning.eventLog);
  const environment = { ...options.environment, ...build.environment, ...beginning.mark, ...secrets };
  return {
    command: kasCommand(build, environment, beginning.eventLog),
    eventLog: beginning.eventLog,
    askToEnd: (pid) => options.stopping.askToEnd(buildDirectory, pid),
    ...objectToSettings(build.assignments),
    finish: () => options.stopping.end(buildDirectory),
  };
}

/** Names only: kas takes the values from its environment, and gives bitbake no other variable of it. */
async function writeSecretNames({ root, request }: KasBuild): Promise<void> {
  const path = join(root, SECRETS_FILE);
  const env = Object.fromEntries(request.settings.secretVariables.map(({ name }) => [name, '']));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify({ header: { version: 8 }, env }, null, 2)}\n`);
}

function kasFilesOf(kasFile: string | null): readonly string[] {
  if (kasFile === null || kasFile === '') {
    throw badConfig('build.no-kas-file', 'the front end kas needs build.kas.file', {
      hint: 'name the kas file of this repository, relative to its root',
    });
  }
  const files = kasFile.split(':');
  const bad = files.find(
    (file) => !/^[A-Za-z0-9_.][^\s:]*$/.test(file) || isAbsolute(file) || leavesRoot(file),
  );
  if (bad === undefined) return files;
  throw badConfig('build.no-kas-file', `build.kas.file cannot hold ${JSON.stringify(bad)}`, {
    hint: 'a path relative to the repository root, inside it; several with ":" between them',
  });
}

function leavesRoot(file: string): boolean {
  return relative('/root', join('/root', file)).startsWith('..');
}

async function listMissing(root: string, files: readonly string[]): Promise<readonly string[]> {
  const isThere = await Promise.all(files.map((file) => isFile(join(root, file))));
  return files.filter((_, index) => isThere[index] !== true);
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function kasFileMissing(file: string): Obstacle {
  const error = badConfig('build.kas-file-missing', `there is no kas file ${file} in this repository`, {
    hint: 'correct build.kas.file',
  });
  return { at: file, error };
}

/** kas decides about these itself: said once, so that nobody waits for them. */
function notesOf({ settings }: OsBuildRequest): readonly string[] {
  return [
    `kas file ${settings.kasFile}`,
    'kas checks out the repositories of its file and writes local.conf and bblayers.conf itself',
    ...(settings.templates === null ? [] : ['build.templates is not used: kas has no templates']),
  ];
}
