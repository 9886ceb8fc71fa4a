import { join } from 'node:path';
import type { BuildCommand, OsBuildRequest } from '@osrel/core';
import type { FrontEnd, PreparedBuild } from '../front-end.ts';
import { renderAssignments } from '../settings/assignment.ts';
import { judgedNames } from '../settings/judge-variables.ts';
import { withManagedBlock } from '../settings/managed-block.ts';
import { hideSecretVariables, passNames } from '../settings/secret-variables.ts';
import { prepareSettingsFile } from '../settings/settings-file.ts';
import { beginBitbakeBuild } from './begin-bitbake-build.ts';
import type { BitbakeFrontEndOptions } from './front-end-options.ts';
import { type BitbakeLookup, lookUpBuild } from './look-up-build.ts';
import { describeObstacles } from './obstacle.ts';

/**
 * Builds with bitbake itself, on this machine: osrel chooses templates and init layer, sources the environment, writes
 * the settings into conf/auto.conf and starts `bitbake TARGETS OPTIONS` in the build folder (balena-automation 1.4-1.9).
 */
export function createBitbakeFrontEnd(options: BitbakeFrontEndOptions): FrontEnd {
  return {
    prepare: async (request) => {
      const found = await lookUpBuild(request, options);
      return preparedBuild(request, found, options);
    },
  };
}

async function preparedBuild(
  request: OsBuildRequest,
  found: BitbakeLookup,
  options: BitbakeFrontEndOptions,
): Promise<PreparedBuild> {
  const { buildDirectory } = found;
  const body = renderAssignments(found.assignments);
  const settingsFile = request.settings.fresh
    ? { path: join(buildDirectory, 'conf/auto.conf'), text: withManagedBlock('', body) }
    : await prepareSettingsFile(buildDirectory, body);
  const assetRoot = join(buildDirectory, 'tmp/deploy');
  return {
    frontEnd: 'bitbake',
    command: shownCommand(request, found, options),
    ownVariables: ownVariables(request, found),
    settingsFile,
    notes: found.notes,
    problems: describeObstacles(found.obstacles),
    watchedVariables: judgedNames(found.assignments),
    buildDirectory,
    assetRoot,
    imagesDirectory: join(assetRoot, 'images', request.machine),
    begin: (beginning) => beginBitbakeBuild({ request, found, body, options, beginning }),
  };
}

/** As it would be started, apart from what the init script adds to PATH. */
function shownCommand(
  { machine, settings }: OsBuildRequest,
  found: BitbakeLookup,
  options: BitbakeFrontEndOptions,
): BuildCommand {
  const own = {
    ...options.environment,
    ...(found.templates === null ? {} : { TEMPLATECONF: found.templates }),
    LC_ALL: found.locale,
    MACHINE: machine,
  };
  const passed = passNames(own, ['MACHINE'], found.passthrough);
  return {
    file: 'bitbake',
    arguments: found.arguments,
    workingDirectory: found.buildDirectory,
    environment: hideSecretVariables(passed, settings.secretVariables, found.passthrough),
  };
}

function ownVariables({ settings }: OsBuildRequest, found: BitbakeLookup): readonly string[] {
  const names = settings.secretVariables.map(({ name }) => name);
  const templates = found.templates === null ? [] : ['TEMPLATECONF'];
  return [found.passthrough, 'LC_ALL', 'MACHINE', ...templates, ...names].sort();
}
