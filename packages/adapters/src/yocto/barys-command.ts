import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildCommand, badConfig, badUsage, type OsBuildRequest } from '@osrel/core';

const FRONT_END = 'balena-yocto-scripts/build/barys';

export interface BarysCommandOptions {
  /** Absolute path of the device repository's root. */
  readonly root: string;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * The call of barys for one service, as CI makes it (balena-workflow 4.2): the machine, for a service with a recipe
 * the target, the service's and the caller's arguments, and the device type by its base name. Throws config
 * `build.no-front-end` when barys is missing or may not be executed.
 */
export async function barysCommand(
  request: OsBuildRequest,
  options: BarysCommandOptions,
): Promise<BuildCommand> {
  const file = join(options.root, FRONT_END);
  await checkFrontEnd(file);
  checkName('machine', request.machine);
  checkName('device type', request.deviceTypeBaseName);
  if (request.recipe !== undefined) checkName('recipe', request.recipe);
  return {
    file,
    arguments: [
      '--log',
      '--machine',
      request.machine,
      // Not last: this option takes every word up to the next one that begins with "-" (balena-automation 1.2).
      ...(request.recipe === undefined ? [] : ['--bitbake-target', request.recipe]),
      ...request.buildArguments.flatMap(wordsOf),
      '-a',
      `DEVICE_TYPE=${request.deviceTypeBaseName}`,
    ],
    workingDirectory: options.root,
    environment: options.environment,
  };
}

/** An argument of a composition may hold an option with its value ("-a NAME=VALUE"); barys has no values with spaces. */
function wordsOf(argument: string): readonly string[] {
  return argument.split(/\s+/).filter((word) => word !== '');
}

async function checkFrontEnd(file: string): Promise<void> {
  try {
    await access(file, constants.X_OK);
    if ((await stat(file)).isFile()) return;
  } catch (error) {
    throw noFrontEnd(error);
  }
  throw noFrontEnd(undefined);
}

function noFrontEnd(cause: unknown): Error {
  const mayNotRun = cause instanceof Error && 'code' in cause && cause.code === 'EACCES';
  const state = mayNotRun ? 'may not be executed' : 'is missing';
  return badConfig('build.no-front-end', `the build front end ${FRONT_END} ${state}`, {
    hint: mayNotRun
      ? `chmod +x ${FRONT_END}`
      : 'it comes with the submodule balena-yocto-scripts: git submodule update --init --recursive',
    cause,
  });
}

function checkName(what: string, name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9._+-]*$/.test(name)) return;
  throw badUsage('build.malformed-name', `${JSON.stringify(name)} cannot be the name of a ${what}`);
}
