import { join } from 'node:path';
import type { BuildDescription, OsBuildRequest } from '@osrel/core';
import type { FindContainerEngine } from '../../container-engine.ts';
import type { ProcessSignals } from '../../program-runner.ts';
import { describeObstacles } from '../bitbake/obstacle.ts';
import type { FrontEnd } from '../front-end.ts';
import type { OverrideSyntax } from '../settings/assignment.ts';
import { beginContainerBuild } from './begin-container-build.ts';
import type { NumericUser } from './choose-builder.ts';
import { containerRunOf } from './container-run.ts';
import { type LookedUpBuild, lookUpContainerBuild } from './look-up-container-build.ts';
import type { OwnerIdentity } from './owner-identity.ts';
import { ENVIRONMENT_FILE, PRIVATE_PREFIX, SECRETS_FILE } from './private-folder.ts';

export interface ContainerFrontEndOptions {
  /** Absolute path of the device repository's root, links resolved. */
  readonly root: string;
  readonly findEngine: FindContainerEngine;
  /** By their own process id the container is named. */
  readonly signals: ProcessSignals;
  readonly owner: OwnerIdentity;
  /** Who runs osrel. */
  readonly caller: NumericUser;
  /** The environment of the engine's client, without any secret. */
  readonly environment: Readonly<Record<string, string>>;
  /** The whole environment of osrel, which the named secrets are taken from. */
  readonly secrets: Readonly<Record<string, string | undefined>>;
  /** Absolute path of a folder for temporary files, outside the repository. */
  readonly temporaryDirectory: string;
  /** Image recipes of all device types of a machine: barys builds each of them. */
  readonly listImages: (machine: string) => Promise<readonly string[]>;
  /** How the layers write overrides; asked when a source mirror is configured. */
  readonly findOverrideSyntax: () => Promise<OverrideSyntax>;
}

const HIDDEN = 'XXXXXX';

/** Builds with the repository's barys in the helper image, by docker or podman (balena-automation 1.11 to 1.13). */
export function createContainerFrontEnd(options: ContainerFrontEndOptions): FrontEnd {
  return {
    prepare: async (request: OsBuildRequest) => {
      const { container } = request.settings;
      if (container === null) throw new Error('a build without container settings came to the container');
      const build = await lookUpContainerBuild(request, container, options);
      const assetRoot = join(build.buildDirectory, 'tmp/deploy');
      return {
        ...describe(build, options),
        buildDirectory: build.buildDirectory,
        assetRoot,
        imagesDirectory: join(assetRoot, 'images', request.machine),
        begin: (beginning) => beginContainerBuild(build, beginning, options),
      };
    },
  };
}

/** What would run, with the private files as they would be called. */
function describe(build: LookedUpBuild, options: ContainerFrontEndOptions): BuildDescription {
  const { root, environment } = options;
  const { container, engine, settingsBody, settingsFile } = build;
  const folder = join(options.temporaryDirectory, `${PRIVATE_PREFIX}${HIDDEN}`);
  const run = containerRunOf(
    build,
    {
      image: build.shownImage,
      environmentFile: join(folder, ENVIRONMENT_FILE),
      secretSettings: build.secrets === 'some' ? join(folder, SECRETS_FILE) : null,
    },
    options,
  );
  const name = engine?.name ?? (container.engine === 'auto' ? 'docker' : container.engine);
  const runArguments = engine?.runArguments(run) ?? ['run', '...'];
  return {
    frontEnd: `barys in ${name}`,
    command: { file: engine?.file ?? name, arguments: runArguments, workingDirectory: root, environment },
    ownVariables: [],
    settingsFile: settingsBody === '' ? null : settingsFile,
    notes: [
      ...build.notes,
      `${join(folder, ENVIRONMENT_FILE)} is made for the run, for its user only: BALENA_TOKEN=***`,
    ],
    problems: describeObstacles(build.obstacles),
  };
}
