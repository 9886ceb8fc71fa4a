import {
  badConfig,
  type Clock,
  type Config,
  type EnvironmentConfig,
  type MachineImages,
  type MachineImagesConfig,
} from '@osrel/core';
import { createMachineImages } from './ec2/create-machine-images.ts';
import type { RunProgram } from './program-runner.ts';
import { createMachineImageTest } from './test-lab/create-machine-image-test.ts';

export interface MachineImagesWish {
  /** Absolute path of the repository root, where the test command starts. */
  readonly root: string;
  readonly config: Config;
  /** Name of the deployment environment in force. */
  readonly environment: string;
  readonly clock: Clock;
  readonly run: RunProgram;
  /** The environment variables of osrel. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** What every command of the repository gets: the same without any secret. */
  readonly testEnvironment: Readonly<Record<string, string>>;
}

/** The test starts machines: it gets the credentials of AWS, and no other. */
const AWS_CREDENTIALS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];

/** Machine images of the environment in force. Throws config `machine-image.not-configured` where it makes none. */
export function wireMachineImages(wish: MachineImagesWish): MachineImages {
  const { config, environment } = wish;
  const { region, endpoint, bucket, kmsKey } = machineImagesOf(
    config.environments[environment] ?? { name: environment, machineImages: null },
  );
  return createMachineImages({
    region,
    endpoint,
    bucket,
    kmsKey,
    clock: wish.clock,
    runTest: createMachineImageTest({
      run: wish.run,
      root: wish.root,
      environment: { ...wish.testEnvironment, ...credentialsOf(wish.variables) },
      region,
    }),
  });
}

function credentialsOf(
  variables: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    AWS_CREDENTIALS.flatMap((name) => {
      const value = variables[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** The settings of an environment. Throws config `machine-image.not-configured` where it makes none. */
export function machineImagesOf({
  name,
  machineImages,
}: Pick<EnvironmentConfig, 'name' | 'machineImages'>): MachineImagesConfig {
  if (machineImages !== null) return machineImages;
  throw badConfig('machine-image.not-configured', `environment "${name}" makes no machine images`, {
    hint: `in osrel.yml: environments.${name}.machine-images: {region: REGION, bucket: NAME}`,
  });
}
