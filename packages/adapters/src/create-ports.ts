import { arch, tmpdir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import {
  type Clock,
  type Config,
  isSecretName,
  listSecretVariables,
  type Ports,
  type TestLab,
} from '@osrel/core';
import { createTestLabs } from './create-test-labs.ts';
import { createDeviceRepository } from './device-repository/create-device-repository.ts';
import { createDiskImages } from './disk-image/create-disk-images.ts';
import { childEnvironment } from './execa/child-environment.ts';
import { createProgramSlot, type ProgramSlotOptions } from './execa/create-program-slot.ts';
import { runProgram } from './execa/run-program.ts';
import { createLocalDeployFolder } from './file-system/create-local-deploy-folder.ts';
import { createLocalWorld } from './file-system/create-local-world.ts';
import { createProcessSignals } from './file-system/create-process-signals.ts';
import { createTextCache, type TextCache } from './file-system/create-text-cache.ts';
import { findText } from './if-present.ts';
import type { ImageRegistry } from './image-registry.ts';
import { createKernelImages } from './kernel-image/create-kernel-images.ts';
import type { ProgramSlot } from './program-runner.ts';
import { createQemuLab } from './qemu/create-qemu-lab.ts';
import { createImageRegistry } from './registry/create-image-registry.ts';
import { createFolderRevision } from './simple-git/create-folder-revision.ts';
import { createSourceRepository } from './simple-git/create-source-repository.ts';
import { createDescribeCheckout } from './simple-git/describe-checkout.ts';
import { createTestHistory } from './sqlite/create-test-history.ts';
import { createCommandLab } from './test-lab/create-command-lab.ts';
import { digestGiven } from './test-lab/digest-given.ts';
import { wireLeviathan } from './wire-leviathan.ts';
import { wireMachineImages } from './wire-machine-images.ts';
import { wireOsBuilder } from './wire-os-builder.ts';
import { wireReceiptSigning } from './wire-receipt-signing.ts';
import {
  fetchImageBy,
  type RemotePorts,
  type RemotePortsRequest,
  wireMachineImageStore,
  wireRemotePorts,
} from './wire-remote-ports.ts';
import { endBitbake } from './yocto/stop/end-bitbake.ts';

export interface PortsRequest {
  /** Absolute path of the repository root. */
  readonly root: string;
  readonly config: Config;
  /** Name of the deployment environment in force. */
  readonly environment: string;
  readonly clock: Clock;
  /** The environment variables of osrel. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Takes a line about trouble that keeps nothing from going on; absent: nobody listens. */
  readonly tell?: (line: string) => void;
}

/** Below the user's cache folder. */
const CACHE = 'osrel/device-types';

type Makers = { readonly [Name in keyof Ports]: () => Ports[Name] };

/** Every port of one checkout in one environment, each made on first use. */
export function createPorts(request: PortsRequest): Ports {
  const { root, clock } = request;
  const programs = once(() => programSurroundings(request));
  const world = once(() => remotePorts(request));
  const makers: Makers = {
    clock: () => clock,
    sourceRepository: () => createSourceRepository({ directory: root }),
    deviceRepository: () =>
      createDeviceRepository({
        root,
        describeCheckout: createDescribeCheckout(),
        cache: userCache(request, CACHE),
      }),
    osBuilder: () =>
      wireOsBuilder({
        root,
        clock,
        variables: request.variables,
        // A checkout of a CI job is new each time; its machine often is not.
        historyFolder: userFolder(request, 'osrel/build-history'),
        deviceRepository: makers.deviceRepository,
        ...programs(),
      }),
    kernelImages: () => createKernelImages({ readSecret: (env) => request.variables[env] }),
    diskImages: () => createDiskImages(),
    deployFolder: () => createLocalDeployFolder({ root: join(root, 'deploy') }),
    testLab: () => wireTestLabs(request, programs().environment),
    objectStore: () => world().objectStore,
    hostappApplications: () => world().hostappApplications,
    hostappReleases: () => world().hostappReleases,
    releaseAssets: () => world().releaseAssets,
    codeHost: () => world().codeHost,
    testReceipts: () => world().testReceipts,
    testHistory: () =>
      createTestHistory({
        path: join(root, '.osrel/history/tests.sqlite'),
        tell: request.tell ?? (() => undefined),
        now: clock.now,
      }),
    machineImages: () =>
      wireMachineImages({ ...request, run: runProgram, testEnvironment: programs().environment }),
    machineImageStore: () => wireMachineImageStore(remoteRequest(request)),
  };
  return lazily(makers);
}

/** Every lab of a test matrix; each does nothing before its first suite. */
function wireTestLabs(request: PortsRequest, environment: Readonly<Record<string, string>>): TestLab {
  const { root, config } = request;
  const { qemu, verdicts, limits } = config.tests;
  const revisionOf = createFolderRevision();
  const local = {
    root,
    run: runProgram,
    slotOf: (name: string) => programSlot(root, `suite-${name}`, 'running this suite'),
    temporaryDirectory: tmpdir(),
    environment,
    verdicts,
  };
  const labs = [
    createCommandLab({ ...local, revisionOf: (signal) => revisionOf(root, signal) }),
    createQemuLab({
      ...local,
      config: qemu,
      digestGiven,
      cacheFolder: userFolder(request, 'osrel/machine'),
      hostArchitecture: arch(),
    }),
    wireLeviathan({ ...request, programEnvironment: environment }),
  ];
  return createTestLabs(labs, limits);
}

/** What the build front end and test commands run in: the host's variables without any secret. */
function programSurroundings({ root, config, variables }: PortsRequest) {
  const secrets = [...listSecretVariables(config), ...Object.keys(variables).filter(isSecretName)];
  return {
    environment: childEnvironment({ host: variables, passed: Object.keys(variables), secrets }),
    slot: programSlot(root, 'build-slot', 'building in this repository', endBitbakeStrays),
  };
}

/** bitbake's server and tasks outlive a killed osrel in sessions of their own. */
const endBitbakeStrays: NonNullable<ProgramSlotOptions['endStrays']> = ({ directory, ...build }) =>
  endBitbake({ ...build, buildDirectory: directory, signals: createProcessSignals() });

function programSlot(
  root: string,
  name: string,
  activity: string,
  endStrays?: ProgramSlotOptions['endStrays'],
): ProgramSlot {
  return createProgramSlot({
    record: join(root, `.osrel/cache/${name}.json`),
    folder: root,
    signals: createProcessSignals(),
    activity,
    ...(endStrays === undefined ? {} : { endStrays }),
  });
}

function remotePorts(request: PortsRequest): RemotePorts {
  const { root, config, environment, clock } = request;
  if (config.environments[environment]?.kind !== 'local') return wireRemotePorts(remoteRequest(request));
  return createLocalWorld({
    root,
    clock,
    fetchImage: fetchImageBy(imagesOf(request)),
    receiptSigning: wireReceiptSigning(request),
  });
}

function remoteRequest(request: PortsRequest): RemotePortsRequest {
  const { config, environment, clock, variables } = request;
  const chosen = config.environments[environment];
  if (chosen === undefined) throw new Error(`environment "${environment}" was not checked`);
  const capabilityCache = userCache(request, 'osrel/store-capabilities');
  return {
    environment: chosen,
    clock,
    variables,
    images: imagesOf(request),
    capabilityCache,
    receiptSigning: wireReceiptSigning(request),
  };
}

function imagesOf({ root, clock, variables }: PortsRequest): ImageRegistry {
  const home =
    variables.DOCKER_CONFIG ?? (variables.HOME === undefined ? null : join(variables.HOME, '.docker'));
  return createImageRegistry({
    clock,
    cacheFolder: join(root, '.osrel/cache/layers'),
    readDockerConfig: async () => (home === null ? undefined : findText(join(home, 'config.json'))),
  });
}

/** Of this user, over all repositories; none where there is no home folder. */
function userCache({ variables }: PortsRequest, name: string): TextCache | undefined {
  const { XDG_CACHE_HOME: cache, HOME: home } = variables;
  if (cache !== undefined && isAbsolute(cache)) {
    return createTextCache({ home: dirname(cache), folder: join(basename(cache), name) });
  }
  if (home === undefined || !isAbsolute(home)) return undefined;
  return createTextCache({ home, folder: join('.cache', name) });
}

/** A folder in the user's cache, as an absolute path; undefined where there is no home folder. */
function userFolder({ variables }: PortsRequest, name: string): string | undefined {
  const { XDG_CACHE_HOME: cache, HOME: home } = variables;
  if (cache !== undefined && isAbsolute(cache)) return join(cache, name);
  return home === undefined || !isAbsolute(home) ? undefined : join(home, '.cache', name);
}

function lazily(makers: Makers): Ports {
  const made = new Map<PropertyKey, unknown>();
  return new Proxy({} as Ports, {
    has: (_, name) => name in makers,
    ownKeys: () => Object.keys(makers),
    getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
    get: (_, name) => {
      if (!made.has(name) && name in makers) made.set(name, makers[name as keyof Ports]());
      return made.get(name);
    },
  });
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
