import type { Clock, LeviathanConfig, SuiteRequest } from '@osrel/core';
import type { LeviathanAccount, SuiteFollower } from './leviathan-parts.ts';

export const SLUG = 'generic-amd64';

/** A request for `os` on a testbot, with all inputs. */
export function suiteRequest(changes: Partial<SuiteRequest> = {}): SuiteRequest {
  const suite = changes.suite ?? 'os';
  return {
    id: suite,
    suite,
    lab: 'leviathan',
    worker: 'testbot',
    command: [],
    results: 'tap',
    deployDirectory: '/release',
    image: { name: 'image/balena.img', path: '/release/image/balena.img' },
    hostapp: {
      name: 'balena-image-generic-amd64.docker',
      path: '/release/balena-image-generic-amd64.docker',
    },
    kernelHeaders: {
      name: 'kernel_modules_headers.tar.gz',
      path: '/release/kernel_modules_headers.tar.gz',
    },
    machine: SLUG,
    slug: SLUG,
    architecture: 'amd64',
    version: '6.1.0',
    timeoutMs: 3_600_000,
    environment: null,
    workerFleets: null,
    testOrganization: null,
    secureBoot: false,
    testImage: null,
    marker: null,
    failFast: true,
    attempt: 1,
    avoidRigs: [],
    ...changes,
  };
}

/** As in osrel.yml with nothing written, but for paths and fleets. */
export function leviathanConfig(changes: Partial<LeviathanConfig> = {}): LeviathanConfig {
  return {
    driver: 'native',
    checkout: 'leviathan',
    suites: 'suites',
    cores: [],
    rigs: [],
    client: [],
    images: { core: null, client: null, worker: null },
    fleets: ['balena/testbot-rig', 'balena/testbot-rig-x86'],
    organization: 'testbot',
    ssh: { host: 'ssh.balena-devices.com', port: 22 },
    waitMinutes: 120,
    silenceMinutes: 30,
    privateContracts: null,
    preserveDownloads: false,
    unstable: [],
    qemu: { cpus: 4, memory: null, internalStorage: true, externalStorage: true },
    ...changes,
  };
}

export function leviathanAccount(key: string | undefined = 'not-a-real-key'): LeviathanAccount {
  return {
    apiHost: 'balena-cloud.com',
    api: 'https://api.balena-cloud.com',
    readKey: () => key,
    keyVariable: 'BALENACLOUD_API_KEY',
  };
}

export interface NotedFollower extends SuiteFollower {
  readonly lines: readonly string[];
  readonly percents: readonly number[];
}

/** Notes what it is told. */
export function notedFollower(signal: AbortSignal = new AbortController().signal): NotedFollower {
  const lines: string[] = [];
  const percents: number[] = [];
  return {
    signal,
    lines,
    percents,
    onLine: (line) => void lines.push(line),
    onProgress: ({ percent }) => void (percent !== null && percents.push(percent)),
  };
}

/** Always the same moment; a sleep ends at the next turn of the event loop. */
export const TURNING_CLOCK: Clock = {
  now: () => '2026-01-05T08:00:00.000Z',
  sleep: async (_delayMs, signal) => {
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
  },
};

export interface HandClock extends Clock {
  /** Moves the time and wakes those whose time has come. */
  readonly advance: (byMs: number) => void;
  /** How many sleep. */
  readonly sleepers: () => number;
}

/** A clock that moves only by hand. */
export function handClock(): HandClock {
  let now = Date.parse('2026-01-05T08:00:00.000Z');
  let sleepers: readonly { readonly at: number; readonly wake: () => void }[] = [];
  return {
    now: () => new Date(now).toISOString(),
    sleep: async (delayMs, signal) => {
      signal?.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const sleeper = { at: now + delayMs, wake: resolve };
      sleepers = [...sleepers, sleeper];
      const stop = () => reject(signal?.reason);
      signal?.addEventListener('abort', stop, { once: true });
      try {
        await promise;
      } finally {
        sleepers = sleepers.filter((other) => other !== sleeper);
        signal?.removeEventListener('abort', stop);
      }
    },
    advance: (byMs) => {
      now += byMs;
      for (const { at, wake } of sleepers) if (at <= now) wake();
    },
    sleepers: () => sleepers.length,
  };
}
