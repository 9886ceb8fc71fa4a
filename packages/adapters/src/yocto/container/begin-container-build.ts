import { chown, lstat, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ContainerEngine } from '../../container-engine.ts';
import { refuseObstacles } from '../bitbake/obstacle.ts';
import { removeBuildFolder } from '../bitbake/remove-build-folder.ts';
import type { BuildBeginning, StartableBuild } from '../front-end.ts';
import { prepareSettingsFile, writeSettingsFile } from '../settings/settings-file.ts';
import { sendIfRunning } from '../stop/send-if-running.ts';
import type { NumericUser } from './choose-builder.ts';
import { tokenVariableOf } from './container-environment.ts';
import { REPOSITORY } from './container-paths.ts';
import { containerNameOf, containerRunOf, OWNER_LABEL } from './container-run.ts';
import type { ContainerFrontEndOptions } from './create-container-front-end.ts';
import { endContainerGently, removeLeftContainers, removeOwnedContainers } from './end-container.ts';
import { pinImage } from './helper-image.ts';
import { judgeContainer } from './judge-container.ts';
import { type LookedUpBuild, secretSettingsOf } from './look-up-container-build.ts';
import {
  ENVIRONMENT_FILE,
  makePrivateFolder,
  type PrivateFolder,
  removeLeftFolders,
  SECRETS_FILE,
} from './private-folder.ts';
import { findToken } from './secret-settings.ts';

/**
 * Readies everything for the run: clears what a killed osrel left, pulls and pins the image, makes the shared folders,
 * the settings and the files with secrets. Throws the first obstacle of the look-up, with all of them in it.
 */
export async function beginContainerBuild(
  build: LookedUpBuild,
  beginning: BuildBeginning,
  options: ContainerFrontEndOptions,
): Promise<StartableBuild> {
  const { engine } = build;
  refuseObstacles(build.obstacles);
  if (engine === undefined) throw new Error('a container build without engine and without obstacle');
  await removeLeftOvers(engine, beginning, options);
  const image = await pinImage(engine, build.image, beginning);
  if (image !== build.image) beginning.onLine(`building in ${image} (${build.image})`);
  if (build.request.settings.fresh) await removeBuildFolder(build.buildDirectory);
  await makeFolders(build, options);
  const folder = await makePrivateFolder({
    parent: options.temporaryDirectory,
    root: options.root,
    owner: options.owner.text,
  });
  try {
    const files = await writePrivateFiles(build, folder, options);
    const run = containerRunOf(build, { image, ...files }, options);
    return startable({ build, engine, folder, arguments: engine.runArguments(run), beginning }, options);
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

async function removeLeftOvers(
  engine: ContainerEngine,
  { onLine }: BuildBeginning,
  options: ContainerFrontEndOptions,
): Promise<void> {
  const { isGone } = options.owner;
  await removeLeftContainers({ engine, labelName: OWNER_LABEL, isGone, onLine });
  await removeLeftFolders({ parent: options.temporaryDirectory, callerUid: options.caller.uid, isGone });
}

/** As root they are made for the builder, who could not write them otherwise. */
async function makeFolders(build: LookedUpBuild, { caller }: ContainerFrontEndOptions): Promise<void> {
  const owner = caller.uid === 0 ? build.builder : null;
  await makeFolder(build.folders.downloads, owner);
  await makeFolder(build.folders.sharedState, owner);
  // Looked up again: a fresh build has removed what stood around osrel's block.
  const file = await prepareSettingsFile(build.buildDirectory, build.settingsBody);
  if (file.text === '' && (await lstat(file.path).catch(() => undefined)) === undefined) return;
  await makeFolder(dirname(file.path), owner);
  await writeSettingsFile(file);
  if (owner !== null) await chown(file.path, owner.uid, owner.gid);
}

async function makeFolder(path: string, owner: NumericUser | null): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined || owner === null) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) {
    await chown(made, owner.uid, owner.gid);
  }
}

async function writePrivateFiles(
  build: LookedUpBuild,
  folder: PrivateFolder,
  options: ContainerFrontEndOptions,
): Promise<{ readonly environmentFile: string; readonly secretSettings: string | null }> {
  const { container, request } = build;
  const token = findToken(tokenVariableOf(container.apiEnvironment), options.secrets) ?? '';
  const environmentFile = await folder.write(ENVIRONMENT_FILE, `BALENA_TOKEN=${token}\n`);
  const settings = secretSettingsOf(request.settings, container, options);
  if (settings === '') return { environmentFile, secretSettings: null };
  // The builder inside has the same numeric id; only root can give a file away, and only root needs to.
  const reader = options.caller.uid === build.builder.uid ? undefined : build.builder;
  return { environmentFile, secretSettings: await folder.write(SECRETS_FILE, settings, reader) };
}

interface ReadyBuild {
  readonly build: LookedUpBuild;
  readonly engine: ContainerEngine;
  readonly folder: PrivateFolder;
  readonly arguments: readonly string[];
  readonly beginning: BuildBeginning;
}

function startable(ready: ReadyBuild, options: ContainerFrontEndOptions): StartableBuild {
  const { build, engine, folder, beginning } = ready;
  const { onLine, mark } = beginning;
  const finished = new AbortController();
  const name = containerNameOf(options);
  const lockFile = join(REPOSITORY, build.request.settings.buildDirectory, 'bitbake.lock');
  return {
    command: {
      file: engine.file,
      arguments: ready.arguments,
      workingDirectory: options.root,
      environment: { ...options.environment, ...mark },
    },
    eventLog: null,
    askToEnd: async (pid) => {
      const { endNow = finished.signal } = beginning;
      const signal = AbortSignal.any([endNow, finished.signal]);
      await endContainerGently({ engine, name, lockFile, signal, onLine });
      // A client whose container is gone ends by itself; one that has not started it yet needs to be told.
      if (!finished.signal.aborted) sendIfRunning(options.signals, pid, 'SIGTERM');
    },
    judge: (end, summary) =>
      judgeContainer(end, summary, {
        machine: build.request.machine,
        engine: engine.file,
        expectedCalls: build.expectedCalls,
      }),
    finish: async () => {
      finished.abort();
      const label = { name: OWNER_LABEL, value: options.owner.text };
      await removeOwnedContainers({ engine, label, onLine }).finally(folder.remove);
    },
  };
}
