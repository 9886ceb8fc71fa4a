import { join, resolve } from 'node:path';
import { type Clock, type LeviathanConfig, type OsrelError, rigFailed, type SuiteRequest } from '@osrel/core';
import type { RunProgram } from '../../program-runner.ts';
import { untilAborted } from '../../until-aborted.ts';
import { createCoreRequests } from '../core-requests.ts';
import { DEFAULT_INTERVALS } from '../leviathan-intervals.ts';
import type { CorePlace, CorePlaces, SuiteFollower } from '../leviathan-parts.ts';
import { createRigRequests } from '../rig-requests.ts';
import type { CacheOwner } from '../workspace/in-use-owner.ts';
import { type ContainerHost, checkHost } from './check-host.ts';
import { type ComposeProject, composeFailed, createComposeProject } from './compose-project.ts';
import { type CallDocker, createDockerProgram } from './docker-program.ts';
import { openContracts } from './open-contracts.ts';
import { type LeviathanCheckout, readCheckout } from './read-checkout.ts';
import { recoverProjects } from './recover-projects.ts';
import { projectName, removeProject } from './remove-project.ts';
import { servicesOf } from './render-project.ts';
import { createResolveImage, type Service } from './resolve-images.ts';

export interface ComposePlacesOptions {
  readonly config: LeviathanConfig;
  /** Absolute path of the repository root. */
  readonly root: string;
  readonly runProgram: RunProgram;
  /** The environment of docker's client; no secret. */
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** This osrel among those that may have left containers behind; see `createCacheOwner`. */
  readonly owner: () => Promise<CacheOwner>;
  /** Part of project names: the run's id or the like. */
  readonly runName: string;
  /** A short text of letters and digits that nobody else gets. */
  readonly randomText: () => string;
  /** Absolute path of a folder that exists. */
  readonly temporaryDirectory: string;
  /** Absolute path, made when needed: logs of containers that failed. */
  readonly logFolder: string;
  /** Milliseconds until core and rig have to answer; default 3 minutes. */
  readonly readyMs?: number;
  /** Folder that holds `dev` and `proc`; `/` but in tests. */
  readonly systemRoot?: string;
}

export interface ComposePlaces extends CorePlaces {
  /** The project of a place that is lent; undefined for any other. */
  readonly findProject: (name: string) => ComposeProject | undefined;
  /** Removes what is left of a project; see `removeProject`. */
  readonly downProject: (name: string, signal: AbortSignal) => Promise<void>;
}

const READY_MS = 180_000;
/** Between two looks at whether a container that does not answer still runs. */
const LOOK_MS = 5_000;

interface Starting {
  readonly options: ComposePlacesOptions;
  readonly call: CallDocker;
  readonly projects: Map<string, ComposeProject>;
  readonly imageOf: ReturnType<typeof createResolveImage>;
  readonly recovered: (follower: SuiteFollower) => Promise<void>;
}

/** Gives each suite a core of its own by docker compose, and for a QEMU rig the rig with it (leviathan 1, 8.4). */
export function createComposePlaces(options: ComposePlacesOptions): ComposePlaces {
  const call = createDockerProgram({ ...options, workingDirectory: options.root });
  const projects = new Map<string, ComposeProject>();
  const recovered = onceRecovered(options, call);
  const starting: Starting = { options, call, projects, imageOf: createResolveImage(), recovered };
  return {
    borrow: ({ request }, follower) => startPlace(starting, request, follower),
    findProject: (name) => projects.get(name),
    downProject: (name, signal) => removeProject(name, { call, signal }),
  };
}

async function startPlace(
  starting: Starting,
  request: SuiteRequest,
  follower: SuiteFollower,
): Promise<CorePlace> {
  const { options, call, projects } = starting;
  const { signal, onLine } = follower;
  tell(follower, 'starting');
  const checkout = await readCheckout(resolve(options.root, options.config.checkout));
  const host = await checkMachine(starting, request, follower);
  await starting.recovered(follower);
  const images = await findImages(starting, { request, checkout, host, follower });
  const name = projectName([options.runName, request.id, options.randomText()]);
  const contracts = await openContracts({ ...options, path: options.config.privateContracts });
  const project = await createComposeProject({
    call,
    name,
    wish: {
      request,
      checkout: checkout.folder,
      qemu: options.config.qemu,
      images,
      privateContracts: contracts.folder,
      architecture: host.architecture,
      owner: (await options.owner()).name,
    },
    temporaryDirectory: options.temporaryDirectory,
    logPath: join(options.logFolder, `${name}.log`),
    onLine,
  });
  projects.set(name, project);
  const remove = async (): Promise<void> => {
    await project.down();
    await contracts.remove();
    projects.delete(name);
  };
  try {
    await project.up(signal);
    return placeOf(
      project,
      request,
      await findAddresses(starting.options, { project, request, signal }),
      remove,
    );
  } catch (error) {
    if (!signal.aborted) await project.keepLogs();
    await remove();
    throw error;
  }
}

interface Addresses {
  readonly core: string;
  readonly rig: string | null;
}

function placeOf(
  project: ComposeProject,
  request: SuiteRequest,
  { core, rig }: Addresses,
  remove: () => Promise<void>,
): CorePlace {
  let leaving: Promise<void> | undefined;
  return {
    coreUrl: core,
    rigAddresses: rig === null ? null : [rig],
    rigUrlForCore: (url) => (request.worker === 'qemu' ? 'http://worker' : url),
    project: project.name,
    leave: async (state) => {
      leaving ??= (async () => {
        if (state === 'spoiled') await project.keepLogs();
        await remove();
      })();
      await leaving;
    },
  };
}

async function checkMachine(
  { options, call }: Starting,
  request: SuiteRequest,
  { signal, onLine }: SuiteFollower,
): Promise<ContainerHost> {
  const check = {
    call,
    dockerHost: options.environment.DOCKER_HOST,
    systemRoot: options.systemRoot ?? '/',
    signal,
    onLine,
  };
  const worker = request.worker === 'qemu' ? 'qemu' : 'testbot';
  return checkHost(check, { worker, suite: request.suite, architecture: request.architecture });
}

interface ImageNeeds {
  readonly request: SuiteRequest;
  readonly checkout: LeviathanCheckout;
  readonly host: ContainerHost;
  readonly follower: SuiteFollower;
}

async function findImages(
  { options, call, imageOf }: Starting,
  { request, checkout, host, follower }: ImageNeeds,
): Promise<Readonly<Partial<Record<Service, string>>>> {
  const { signal, onLine } = follower;
  const isClientNeeded = options.config.driver === 'client' && options.config.client.length === 0;
  const services: readonly Service[] = [
    ...servicesOf(request),
    ...(isClientNeeded ? (['client'] as const) : []),
  ];
  const found: Partial<Record<Service, string>> = {};
  for (const service of services) {
    const { images } = options.config;
    // Suites that start together share the search; one that is cancelled must not end it for the others.
    const search = {
      call,
      checkout,
      images,
      architecture: host.architecture,
      onLine,
      signal: neverAborted(),
    };
    found[service] = await untilAborted(imageOf(service, search), signal);
  }
  return found;
}

/** Waits until core and rig answer. Throws rig `lab.core-not-ready`, with the reason when a container has ended. */
async function findAddresses(
  options: ComposePlacesOptions,
  { project, request, signal }: { project: ComposeProject; request: SuiteRequest; signal: AbortSignal },
): Promise<Addresses> {
  const core = `http://${await project.addressOf('core', 2000, signal)}`;
  const requests = createCoreRequests({
    coreUrl: core,
    clock: options.clock,
    intervals: { ...DEFAULT_INTERVALS, readyMs: LOOK_MS },
  });
  await untilReady(options, { project, service: 'core', signal, look: () => requests.waitUntilFree(signal) });
  if (request.worker !== 'qemu') return { core, rig: null };
  const rig = `http://${await project.addressOf('worker', 80, signal)}`;
  const look = async (): Promise<void> => {
    try {
      await createRigRequests().state(rig, signal);
    } catch (error) {
      await options.clock.sleep(LOOK_MS, signal);
      throw error;
    }
  };
  await untilReady(options, { project, service: 'worker', signal, look });
  return { core, rig };
}

interface Readiness {
  readonly project: ComposeProject;
  readonly service: Service;
  readonly signal: AbortSignal;
  /** Fails after LOOK_MS at the earliest. */
  readonly look: () => Promise<void>;
}

async function untilReady(
  { readyMs = READY_MS }: ComposePlacesOptions,
  { project, service, signal, look }: Readiness,
): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
    try {
      return await look();
    } catch (error) {
      signal.throwIfAborted();
      const because = error instanceof Error ? error.message : String(error);
      if (!(await project.isRunning(service, signal))) {
        throw composeFailed(project.name, `its ${service} has ended`, 'see the log of its containers');
      }
      if (waitedMs + LOOK_MS >= readyMs) throw notReady(project.name, service, because);
    }
  }
}

function notReady(name: string, service: string, because: string): OsrelError {
  return rigFailed('lab.core-not-ready', `the ${service} of ${name} runs but does not answer: ${because}`, {
    hint: 'see the log of its containers, which is kept',
    retryable: true,
  });
}

function onceRecovered(options: ComposePlacesOptions, call: CallDocker) {
  let done: Promise<void> | undefined;
  return async ({ signal, onLine }: SuiteFollower): Promise<void> => {
    done ??= options
      .owner()
      .then(({ isGone }) => recoverProjects({ call, signal: neverAborted(), onLine, isGone }));
    await untilAborted(done, signal);
  };
}

function tell({ onProgress }: SuiteFollower, activity: 'starting'): void {
  onProgress({ activity, rig: null, running: null, passed: 0, failed: 0, skipped: 0, percent: null });
}

const neverAborted = (): AbortSignal => new AbortController().signal;
