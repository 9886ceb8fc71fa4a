import type { ContainerMount, ContainerRun } from '../../container-engine.ts';
import { containerVariables } from './container-environment.ts';
import { SECRET_SETTINGS } from './container-paths.ts';
import type { ContainerFrontEndOptions } from './create-container-front-end.ts';
import type { LookedUpBuild } from './look-up-container-build.ts';

/** By it an osrel finds its containers again, and those of an osrel that was killed. */
export const OWNER_LABEL = 'io.osrel.owner';
const ENTRY_SCRIPT = '/prepare-and-start.sh';

export interface RunChoices {
  /** With its digest. */
  readonly image: string;
  /** Absolute path. */
  readonly environmentFile: string;
  /** Absolute path; null without secrets. */
  readonly secretSettings: string | null;
}

/** The run of balena-automation 1.11; the token is in the environment file, and never an argument. */
export function containerRunOf(
  build: LookedUpBuild,
  choices: RunChoices,
  options: ContainerFrontEndOptions,
): ContainerRun {
  const { secretSettings } = choices;
  const secretMount: readonly ContainerMount[] =
    secretSettings === null ? [] : [{ source: secretSettings, target: SECRET_SETTINGS, access: 'read-only' }];
  return {
    name: containerNameOf(options),
    label: `${OWNER_LABEL}=${options.owner.text}`,
    mounts: [...build.mounts, ...secretMount],
    variables: containerVariables({
      builder: build.builder,
      apiEnvironment: build.container.apiEnvironment,
      environment: options.environment,
    }),
    environmentFile: choices.environmentFile,
    image: choices.image,
    command: [ENTRY_SCRIPT, ...build.barysArguments],
  };
}

/** As the reference calls it: one build at a time in each osrel. */
export function containerNameOf({ signals }: ContainerFrontEndOptions): string {
  return `yocto-build-${signals.ownPid}`;
}
