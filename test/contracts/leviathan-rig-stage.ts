import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, OsrelError, type SuiteProgress } from '@osrel/core';
import { onTestFinished } from 'vitest';
import { removeDurably, writeFileAtomically } from '../../packages/adapters/src/file-system/atomic-file.ts';
import { ownIdentity } from '../../packages/adapters/src/file-system/process-identity.ts';
import {
  createLeaseBook,
  type LeaseBook,
  type LeaseOwner,
} from '../../packages/adapters/src/leviathan/lease-file.ts';
import type {
  HeldRig,
  LeviathanAccount,
  RigPool,
  RigWish,
  SuiteFollower,
} from '../../packages/adapters/src/leviathan/leviathan-parts.ts';
import { createRigPool, type RigPoolOptions } from '../../packages/adapters/src/leviathan/rig-pool.ts';
import {
  createRigRequests,
  RIG_LIMITS_MS,
  type RigLimitsMs,
  type RigRequests,
} from '../../packages/adapters/src/leviathan/rig-requests.ts';
import { createAccountApis } from '../../packages/adapters/src/wire-account-api.ts';
import { createFixedClock, type FixedClock } from '../fakes/fixed-clock.ts';
import { addDevice, type DeviceSeed } from '../servers/balena/seed-devices.ts';
import { addApplication } from '../servers/balena/seed-world.ts';
import { type BalenaApiServer, startBalenaApi } from '../servers/balena/start-balena-api.ts';
import { type LeviathanWorker, startLeviathanWorker } from '../servers/leviathan/start-leviathan-worker.ts';
import { createWatchers } from '../servers/leviathan/watchers.ts';
import type { WorkerOptions } from '../servers/leviathan/worker-state.ts';

export const SLUG = 'raspberrypi4-64';

/** Who wants a rig, with everything it was told. */
export interface Watcher extends SuiteFollower {
  readonly lines: readonly string[];
  readonly progress: readonly SuiteProgress[];
  readonly stop: AbortController;
  until(isSo: () => boolean): Promise<void>;
  /** Waits for a line that says this. */
  hears(text: string | RegExp): Promise<string>;
}

export function createWatcher(): Watcher {
  const watchers = createWatchers();
  const stop = new AbortController();
  const lines: string[] = [];
  const progress: SuiteProgress[] = [];
  const find = (text: string | RegExp) =>
    lines.find((line) => (typeof text === 'string' ? line.includes(text) : text.test(line)));
  return {
    signal: stop.signal,
    stop,
    lines,
    progress,
    onLine: (line) => {
      lines.push(line);
      watchers.changed();
    },
    onProgress: (each) => {
      progress.push(each);
      watchers.changed();
    },
    until: watchers.until,
    hears: async (text) => {
      await watchers.until(() => find(text) !== undefined);
      return find(text) ?? '';
    },
  };
}

/** Rigs of words, a clock that stands still, and pools over them as several osrels have. */
export interface RigStage {
  /** Every sleep waits for `advance`. */
  readonly clock: FixedClock;
  readonly leases: LeaseBook;
  /** Folder of the leases. */
  readonly folder: string;
  pool(change?: Partial<RigPoolOptions>): RigPool;
  rig(options?: WorkerOptions): Promise<LeviathanWorker>;
  rigs(count: number): Promise<readonly LeviathanWorker[]>;
}

export const ACCOUNT: LeviathanAccount = {
  apiHost: 'example.test',
  api: 'http://127.0.0.1:9',
  readKey: () => undefined,
  keyVariable: 'BALENA_API_KEY',
};

export async function setRigStage(): Promise<RigStage> {
  const folder = await mkdtemp(join(tmpdir(), 'osrel-leases-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const clock = createFixedClock({ longestSleepMs: 0, start: new Date().toISOString() });
  const leases = leaseBookIn(folder, clock);
  const rig = async (options: WorkerOptions = {}) => {
    const worker = await startLeviathanWorker(options);
    onTestFinished(() => worker.close());
    return worker;
  };
  return {
    clock,
    folder,
    leases,
    rig,
    rigs: (count) => Promise.all(Array.from({ length: count }, () => rig())),
    pool: (change = {}) =>
      createRigPool({
        clock,
        leases,
        apiOf: createAccountApis(createFixedClock()),
        limits: { testbot: null, qemu: null, local: null },
        random: () => 0.5,
        ...change,
      }),
  };
}

/** `owner`: who writes the leases; this process when absent. */
export function leaseBookIn(folder: string, clock: Clock, owner: LeaseOwner = ownIdentity()): LeaseBook {
  return createLeaseBook({
    folder,
    owner,
    clock,
    writeDurably: (path, text) => writeFileAtomically(path, text),
    removeDurably: (path) => removeDurably(path),
  });
}

/** A wish for one of these rigs. */
export function wishFor(
  rigs: readonly Pick<LeviathanWorker, 'url'>[] | null,
  change: Partial<RigWish> = {},
): RigWish {
  return {
    slug: SLUG,
    secureBoot: false,
    kind: 'testbot',
    addresses: rigs?.map(({ url }) => url) ?? null,
    fleets: [],
    account: ACCOUNT,
    avoid: [],
    waitMs: 7_200_000,
    purpose: `os on ${SLUG}`,
    core: { url: 'http://127.0.0.1:2000', project: null },
    ...change,
  };
}

/** What a promise was rejected with, as an OsrelError. */
export async function refusalOf(work: Promise<unknown>): Promise<OsrelError> {
  const error = await work.then(
    () => new Error('it was not refused'),
    (reason: unknown) => reason,
  );
  if (error instanceof OsrelError) return error;
  throw error;
}

/** A balena API with fleets of rigs, each device with a worker behind its public address. */
export interface FleetStage extends RigStage {
  readonly server: BalenaApiServer;
  readonly account: LeviathanAccount;
  /** Id of the fleet. */
  fleet(slug: string): number;
  /** A device with its worker. */
  device(seed: Partial<DeviceSeed> & { readonly fleet: number }): Promise<FleetDevice>;
  wish(change?: Partial<RigWish>): RigWish;
}

export interface FleetDevice {
  readonly id: number;
  readonly uuid: string;
  readonly worker: LeviathanWorker;
}

export async function setFleetStage(): Promise<FleetStage> {
  const stage = await setRigStage();
  const server = await startBalenaApi();
  onTestFinished(() => server.close());
  const workers = new Map<string, string>();
  const account = { ...ACCOUNT, api: server.url, readKey: () => server.token };
  return {
    ...stage,
    server,
    account,
    // The double's devices live on loopback ports, whatever its domain for devices is called.
    pool: (change = {}) =>
      stage.pool({
        address: (uuid, base) => workers.get(`${uuid}.${base}`) ?? `https://${uuid}.${base}`,
        ...change,
      }),
    fleet: (slug) => addApplication(server.world, { slug, isHost: false, class: 'fleet' }),
    device: async (seed) => {
      const uuid = (workers.size + 10).toString(16).padStart(2, '0').repeat(16);
      const worker = await stage.rig({ uuid });
      workers.set(`${uuid}.devices.example.test`, worker.url);
      const id = addDevice(server.world, { uuid, tags: { DUT: SLUG }, ...seed });
      return { id, uuid, worker };
    },
    wish: (change = {}) => wishFor(null, { account, fleets: ['lab/rigs'], ...change }),
  };
}

/** Takes rigs for several wishes, asked in this order; answers what each got, as far as it has. */
export function takeAll(
  pool: RigPool,
  wishes: readonly RigWish[],
): readonly { readonly watcher: Watcher; readonly taking: Promise<HeldRig> }[] {
  return wishes.map((wish) => {
    const watcher = createWatcher();
    const taking = pool.take(wish, watcher);
    taking.catch(() => undefined);
    return { watcher, taking };
  });
}

/** Requests of which some are given up soon: those that a test answers with silence, and no others. */
export function givingUpSoon(...requests: readonly (keyof RigLimitsMs)[]): RigRequests {
  const limits = Object.fromEntries(requests.map((name) => [name, 200]));
  return createRigRequests({ ...RIG_LIMITS_MS, ...limits });
}

/** The rig, taken by a pool of its own. */
export function holdRig(
  stage: RigStage,
  rig: LeviathanWorker,
  { watcher = createWatcher(), requests = createRigRequests() }: Partial<RigTaking> = {},
): Promise<HeldRig> {
  return stage.pool({ requests }).take(wishFor([rig]), watcher);
}

interface RigTaking {
  readonly watcher: Watcher;
  readonly requests: RigRequests;
}
