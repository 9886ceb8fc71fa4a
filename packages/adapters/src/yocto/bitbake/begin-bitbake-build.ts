import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { OsBuildRequest } from '@osrel/core';
import { findText } from '../../if-present.ts';
import type { BuildBeginning, StartableBuild } from '../front-end.ts';
import { passNames, passSecretVariables } from '../settings/secret-variables.ts';
import { prepareSettingsFile, writeSettingsFile } from '../settings/settings-file.ts';
import type { BitbakeFrontEndOptions } from './front-end-options.ts';
import type { BitbakeLookup } from './look-up-build.ts';
import { objectToSettings } from './object-to-settings.ts';
import { refuseObstacles } from './obstacle.ts';
import { removeBuildFolder } from './remove-build-folder.ts';
import { renderConfNotes } from './render-conf-notes.ts';
import { sourceEnvironment, type Variables } from './source-environment.ts';

export interface BitbakeStart {
  readonly request: OsBuildRequest;
  readonly found: BitbakeLookup;
  /** Of osrel's block in auto.conf. */
  readonly body: string;
  readonly options: BitbakeFrontEndOptions;
  readonly beginning: BuildBeginning;
}

/** Readies the build folder. Nothing is touched while something is in the way or a secret is missing. */
export async function beginBitbakeBuild(start: BitbakeStart): Promise<StartableBuild> {
  const { request, found, options, beginning } = start;
  refuseObstacles(found.obstacles);
  // Throws for a missing secret before anything is written.
  addOwnVariables(start, {});
  if (request.settings.fresh) await removeBuildFolder(found.buildDirectory);
  const left = await sourceEnvironment({
    runProgram: options.runProgram,
    initScript: found.initScript,
    buildDirectory: found.buildDirectory,
    templates: found.templates ?? '',
    environment: { ...options.environment, LC_ALL: found.locale },
    signal: beginning.signal,
    onLine: beginning.onLine,
  });
  await writeConfNotes(found.buildDirectory, options);
  await writeSettingsFile(await prepareSettingsFile(found.buildDirectory, start.body));
  await makePrivate(beginning.eventLog);
  return {
    command: {
      file: 'bitbake',
      arguments: found.arguments,
      workingDirectory: found.buildDirectory,
      environment: addOwnVariables(start, left),
    },
    eventLog: beginning.eventLog,
    askToEnd: (pid) => options.stopping.askToEnd(found.buildDirectory, pid),
    ...objectToSettings(found.assignments),
    finish: () => options.stopping.end(found.buildDirectory),
  };
}

/** @throws config `build.secret-missing` */
function addOwnVariables(
  { request, found, options, beginning }: BitbakeStart,
  environment: Variables,
): Variables {
  const { BBSERVER: _, ...rest } = environment;
  const own = {
    ...rest,
    LC_ALL: found.locale,
    MACHINE: request.machine,
    BBEVENTLOG: beginning.eventLog,
    ...beginning.mark,
  };
  return passSecretVariables(
    passNames(own, ['MACHINE'], found.passthrough),
    request.settings.secretVariables,
    {
      available: options.secrets,
      passthrough: found.passthrough,
    },
  );
}

async function writeConfNotes(buildDirectory: string, options: BitbakeFrontEndOptions): Promise<void> {
  if (options.listDeviceTypes === undefined) return;
  const path = join(buildDirectory, 'conf/conf-notes.txt');
  const text = renderConfNotes(await options.listDeviceTypes());
  if ((await findText(path)) !== text) await writeFile(path, text);
}

/** The event log holds the values of all variables, secrets among them: nobody else may read it. */
export async function makePrivate(eventLog: string): Promise<void> {
  await mkdir(dirname(eventLog), { recursive: true });
  await writeFile(eventLog, '', { mode: 0o600 });
}
