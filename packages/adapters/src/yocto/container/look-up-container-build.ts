import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import {
  badConfig,
  type ContainerSettings,
  notPermitted,
  type OsBuildRequest,
  OsrelError,
  toolFailed,
} from '@osrel/core';
import type { ContainerEngine, ContainerMount, EngineProblem } from '../../container-engine.ts';
import { renderBarysArguments } from '../barys/render-barys-arguments.ts';
import type { Obstacle } from '../bitbake/obstacle.ts';
import { checkBuildName } from '../build-name.ts';
import type { OverrideSyntax } from '../settings/assignment.ts';
import { prepareSettingsFile, type SettingsFile } from '../settings/settings-file.ts';
import { chooseBuilder, type NumericUser } from './choose-builder.ts';
import { findSshSocket, tokenVariableOf } from './container-environment.ts';
import { SHARED_DOWNLOADS, SHARED_STATE } from './container-paths.ts';
import { mountsOf, requestInside, type SharedFolders, sharedFoldersOf } from './container-request.ts';
import { renderContainerSettings } from './container-settings.ts';
import type { ContainerFrontEndOptions } from './create-container-front-end.ts';
import { helperImage, isPinned, pinnedName } from './helper-image.ts';
import { findToken, renderSecretSettings } from './secret-settings.ts';

/** A build in a container, looked up; nothing is written yet. */
export interface LookedUpBuild {
  readonly request: OsBuildRequest;
  readonly container: ContainerSettings;
  /** Absolute path. */
  readonly buildDirectory: string;
  readonly engine: ContainerEngine | undefined;
  /** As it was named; a tag is pulled and pinned when the build begins. */
  readonly image: string;
  /** The image this machine would run now, by digest where it is known. */
  readonly shownImage: string;
  readonly builder: NumericUser;
  readonly folders: SharedFolders;
  readonly mounts: readonly ContainerMount[];
  readonly barysArguments: readonly string[];
  /** How many bitbake calls barys should report as successful. */
  readonly expectedCalls: number;
  readonly secrets: 'some' | 'none';
  readonly settingsFile: SettingsFile;
  /** osrel's block in it; empty: it has none, and none that it had before stays. */
  readonly settingsBody: string;
  readonly notes: readonly string[];
  readonly obstacles: readonly Obstacle[];
}

const FRONT_ENDS = ['balena-yocto-scripts/build/barys', 'resin-yocto-scripts/build/barys'];

/** Looks up what the build needs. Throws config and usage errors of settings; what else is missing is a problem. */
export async function lookUpContainerBuild(
  request: OsBuildRequest,
  container: ContainerSettings,
  options: ContainerFrontEndOptions,
): Promise<LookedUpBuild> {
  const { root } = options;
  const buildDirectory = join(root, checkBuildName('build folder', request.settings.buildDirectory));
  const inside = requestInside(request, { root, apiEnvironment: container.apiEnvironment });
  const barys = renderBarysArguments(inside, { downloads: SHARED_DOWNLOADS, sharedState: SHARED_STATE });
  const folders = sharedFoldersOf(request, root);
  const ssh = await findSshSocket(options.environment);
  const mounts = mountsOf({ root, folders, sshSocket: ssh.socket });
  const found = await lookUpSurroundings(container, options);
  const secrets = lookUpSecrets(request, container, options);
  const settings = { request: inside, leftOver: barys.leftOver, secrets: secrets.presence };
  const settingsBody = renderContainerSettings({ ...settings, syntax: await syntaxFor(request, options) });
  return {
    request,
    container,
    buildDirectory,
    ...found,
    folders,
    mounts,
    barysArguments: barys.arguments,
    expectedCalls: await countCalls(request, options),
    secrets: secrets.presence,
    settingsFile: await prepareSettingsFile(buildDirectory, settingsBody),
    settingsBody,
    notes: [...found.notes, ...(ssh.note === null ? [] : [ssh.note])],
    obstacles: [...(await missingFrontEnd(root)), ...found.obstacles, ...secrets.obstacles],
  };
}

type Surroundings = Pick<
  LookedUpBuild,
  'engine' | 'image' | 'shownImage' | 'builder' | 'notes' | 'obstacles'
>;

/** Engine, image and user. */
async function lookUpSurroundings(
  container: ContainerSettings,
  options: ContainerFrontEndOptions,
): Promise<Surroundings> {
  const { root, caller } = options;
  const engine = await lookUpEngine(container, options);
  const image = await lookUpImage(container, engine.engine, options);
  const { builder, note, refusal } = await chooseBuilder({ root, wish: container.user, caller });
  return {
    engine: engine.engine,
    image: image.reference,
    shownImage: image.shown,
    builder,
    notes: [...engine.notes, ...image.notes, ...(note === null ? [] : [note])],
    obstacles: [
      ...engine.obstacles,
      ...image.obstacles,
      ...(refusal === null ? [] : [{ at: 'build.container.user', error: refusal }]),
    ],
  };
}

/** Only a source mirror needs to know. */
async function syntaxFor(
  { settings }: OsBuildRequest,
  { findOverrideSyntax }: ContainerFrontEndOptions,
): Promise<OverrideSyntax> {
  return settings.sourceMirror.read === null ? 'colon' : findOverrideSyntax();
}

interface Finding {
  readonly notes: readonly string[];
  readonly obstacles: readonly Obstacle[];
}

async function lookUpEngine(
  container: ContainerSettings,
  { findEngine }: ContainerFrontEndOptions,
): Promise<Finding & { readonly engine: ContainerEngine | undefined }> {
  const search = await findEngine(container.engine, new AbortController().signal);
  if (search.kind === 'missing') {
    const obstacle = { at: 'build.container', error: engineMissing(search.problem) };
    return { engine: undefined, notes: [], obstacles: [obstacle] };
  }
  const { engine } = search;
  const rootless = engine.isRootless
    ? [
        'podman without root keeps your user id inside (--userns=keep-id); recipes that need loop devices or a docker daemon of their own want it with root',
      ]
    : [];
  return { engine, notes: [`engine ${engine.file}`, ...search.notes, ...rootless], obstacles: [] };
}

function engineMissing(problem: EngineProblem): OsrelError {
  const { message, hint } = problem;
  switch (problem.code) {
    case 'container.engine-refused':
      return notPermitted('container.engine-refused', message, { hint });
    case 'container.no-engine':
      return toolFailed('container.no-engine', message, { hint });
    case 'container.no-daemon':
      return toolFailed('container.no-daemon', message, { hint });
    case 'container.engine-silent':
      return toolFailed('container.engine-silent', message, { hint });
  }
}

async function lookUpImage(
  container: ContainerSettings,
  engine: ContainerEngine | undefined,
  { root, environment }: ContainerFrontEndOptions,
): Promise<Finding & { readonly reference: string; readonly shown: string }> {
  try {
    const reference = await helperImage({ root, image: container.image, environment });
    if (isPinned(reference))
      return { reference, shown: reference, notes: [`image ${reference}`], obstacles: [] };
    const local = await engine?.findImage(reference, new AbortController().signal);
    const shown = local === undefined ? reference : pinnedName(reference, local);
    const known = local === undefined ? 'not on this machine yet' : `here as ${shown}`;
    const notes = [
      `image ${reference}: ${known}; it is pulled and pinned by its digest when the build begins`,
    ];
    return { reference, shown, notes, obstacles: [] };
  } catch (error) {
    if (!(error instanceof OsrelError) || error.code !== 'container.no-image') throw error;
    return {
      reference: '',
      shown: 'HELPER_IMAGE',
      notes: [],
      obstacles: [{ at: 'build.container.image', error }],
    };
  }
}

/** Whether there will be secrets; their values are read again when they are written. */
function lookUpSecrets(
  { settings }: OsBuildRequest,
  container: ContainerSettings,
  options: ContainerFrontEndOptions,
): { readonly presence: 'some' | 'none'; readonly obstacles: readonly Obstacle[] } {
  try {
    const text = secretSettingsOf(settings, container, options);
    return { presence: text === '' ? 'none' : 'some', obstacles: [] };
  } catch (error) {
    if (!(error instanceof OsrelError) || error.code !== 'build.secret-missing') throw error;
    return { presence: 'some', obstacles: [{ at: 'build.secrets', error }] };
  }
}

/** Text of the settings file with secrets: those that were asked for, and the token for private applications. */
export function secretSettingsOf(
  settings: OsBuildRequest['settings'],
  container: ContainerSettings,
  options: ContainerFrontEndOptions,
): string {
  const token = findToken(tokenVariableOf(container.apiEnvironment), options.secrets);
  const setting = token === undefined ? undefined : { name: 'BALENA_API_TOKEN', value: token };
  return renderSecretSettings(settings.secretVariables, setting, options.secrets);
}

/** barys builds every image of the machine unless it is given targets (balena-automation 1.9). */
async function countCalls(
  { machine, recipe, settings }: OsBuildRequest,
  { listImages }: ContainerFrontEndOptions,
): Promise<number> {
  if (recipe !== undefined || settings.targets.length > 0) return 1;
  return Math.max(1, new Set(await listImages(machine)).size);
}

async function missingFrontEnd(root: string): Promise<readonly Obstacle[]> {
  const found = await Promise.all(FRONT_ENDS.map((path) => mayRun(join(root, path))));
  if (found.includes(true)) return [];
  const [at = ''] = FRONT_ENDS;
  const error = badConfig(
    'build.no-front-end',
    `the build front end ${at} is missing or may not be executed`,
    {
      hint: 'it comes with the submodule balena-yocto-scripts: git submodule update --init --recursive',
    },
  );
  return [{ at, error }];
}

async function mayRun(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
