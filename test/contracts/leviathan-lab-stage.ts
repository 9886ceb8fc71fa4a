import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type LeviathanConfig,
  rigFailed,
  type SuiteProgress,
  type SuiteRequest,
  type SuiteResult,
} from '@osrel/core';
import { onTestFinished } from 'vitest';
import { createSystemClock } from '../../packages/adapters/src/file-system/create-system-clock.ts';
import {
  createLeviathanLab,
  type LeviathanLabOptions,
} from '../../packages/adapters/src/leviathan/create-leviathan-lab.ts';
import type { CoreIntervals } from '../../packages/adapters/src/leviathan/leviathan-intervals.ts';
import type {
  CorePlaces,
  HeldRig,
  ReadyFile,
  RigPool,
  RigWish,
  Workspace,
} from '../../packages/adapters/src/leviathan/leviathan-parts.ts';
import { parseLeviathanLog } from '../../packages/adapters/src/test-lab/parse-leviathan-log.ts';
import type { CoreOptions } from '../servers/leviathan/core-world.ts';
import { type LeviathanCore, startLeviathanCore } from '../servers/leviathan/start-leviathan-core.ts';
import { type LeviathanWorker, startLeviathanWorker } from '../servers/leviathan/start-leviathan-worker.ts';
import { createWatchers } from '../servers/leviathan/watchers.ts';
import { temporaryFolder } from './temporary-folder.ts';

export const SLUG = 'generic-amd64';

/** A core, a rig, and the lab between them. */
export interface LabStage {
  readonly core: LeviathanCore;
  readonly rig: LeviathanWorker;
  readonly workspace: Workspace;
  /** What the lab told. */
  readonly lines: readonly string[];
  readonly progress: readonly SuiteProgress[];
  /** Content of the files that were kept, by name. */
  readonly kept: ReadonlyMap<string, string>;
  readonly wishes: readonly RigWish[];
  /** How core places were given back. */
  readonly left: readonly string[];
  /** Cancels what runs. */
  readonly stop: AbortController;
  /** The rig's heartbeat is lost. */
  loseRig(): void;
  run(change?: Partial<SuiteRequest>): Promise<SuiteResult>;
  until(isSo: () => boolean): Promise<void>;
  /** Waits for a line that says this. */
  hears(text: string): Promise<void>;
  /** Private folders that the lab has not removed. */
  leftovers(): Promise<readonly string[]>;
}

export interface LabStageOptions {
  readonly core?: CoreOptions;
  readonly workspace?: Partial<Workspace>;
  readonly config?: Partial<LeviathanConfig>;
  readonly intervals?: Partial<CoreIntervals>;
  readonly lab?: Partial<LeviathanLabOptions>;
  /** Address of the core; the double's when absent. */
  readonly coreUrl?: string;
}

/** Bounds that are reached within a test; those for what must not happen stay long. */
const SHORT: Partial<CoreIntervals> = { lookAgainMs: 10, uploadAgainMs: 200, busyMs: 50 };

export async function setLabStage(options: LabStageOptions = {}): Promise<LabStage> {
  const core = await startLeviathanCore(options.core);
  const rig = await startLeviathanWorker({ workerType: 'qemu', serial: 'U-Boot\nlogin: ' });
  onTestFinished(async () => {
    await core.close();
    await rig.close();
  });
  const watchers = createWatchers();
  const told = { lines: [] as string[], progress: [] as SuiteProgress[], kept: new Map<string, string>() };
  const pool = stagePool(rig);
  const left: string[] = [];
  const stop = new AbortController();
  const temporaryDirectory = await temporaryFolder();
  const workspace = { ...(await stageWorkspace()), ...options.workspace };
  const lab = createLeviathanLab({
    workspaces: { prepare: async () => workspace },
    places: stagePlaces(options.coreUrl ?? core.url, left),
    rigs: pool.rigs,
    render: (request, { readKey }, workerUrl) => ({
      deviceType: request.slug,
      config: { balenaApiKey: readKey() ?? null },
      workerUrl,
    }),
    accountOf: () => ({
      apiHost: 'example.test',
      api: 'https://api.example.test',
      readKey: () => 'not-a-real-key',
      keyVariable: 'BALENA_API_KEY',
    }),
    runStockClient: () => Promise.reject(new Error('the stock client is not asked for here')),
    config: leviathanConfig(options.config),
    verdicts: [],
    parseLog: parseLeviathanLog,
    clock: createSystemClock(),
    temporaryDirectory,
    intervals: { ...SHORT, ...options.intervals },
    ...options.lab,
  });
  const observer = {
    signal: stop.signal,
    onLine: (line: string) => {
      told.lines.push(line);
      watchers.changed();
    },
    onProgress: (each: SuiteProgress) => {
      told.progress.push(each);
      watchers.changed();
    },
    keep: async (name: string, path: string) => {
      told.kept.set(name, await readFile(path, 'latin1'));
    },
  };
  return {
    ...told,
    core,
    rig,
    workspace,
    wishes: pool.wishes,
    left,
    stop,
    loseRig: pool.lose,
    run: (change) => lab.runSuite(suiteRequest(change), observer),
    until: watchers.until,
    hears: (text) => watchers.until(() => told.lines.some((line) => line.includes(text))),
    leftovers: () => readdir(temporaryDirectory),
  };
}

/** Lends the rig to whoever asks, as the pool does after its wait. */
function stagePool(worker: LeviathanWorker) {
  const lost = new AbortController();
  const wishes: RigWish[] = [];
  const rigs: RigPool = {
    take: async (wish): Promise<HeldRig> => {
      wishes.push(wish);
      await fetch(`${worker.url}/start`);
      return {
        rig: { id: worker.url, kind: wish.kind, name: null },
        url: worker.url,
        lost: lost.signal,
        fetchSerial: async (path) => {
          const reply = await fetch(`${worker.url}/dut/serial`);
          if (reply.ok) await writeFile(path, await reply.text());
          return reply.ok;
        },
        release: async () => {
          await fetch(`${worker.url}/teardown`, { method: 'POST' });
        },
      };
    },
  };
  const lose = () =>
    lost.abort(rigFailed('lab.rig-lost', `the rig ${worker.url} did not answer 10 heartbeats in a row`));
  return { rigs, wishes, lose };
}

function stagePlaces(coreUrl: string, left: string[]): CorePlaces {
  return {
    borrow: async () => ({
      coreUrl,
      rigAddresses: null,
      rigUrlForCore: (url) => url,
      project: null,
      leave: async (state) => {
        left.push(state);
      },
    }),
  };
}

/** A suite below a `node_modules`, an image and headers. */
async function stageWorkspace(): Promise<Workspace> {
  const folder = await temporaryFolder();
  const directory = join(folder, 'node_modules', 'suites', 'os');
  await mkdir(join(directory, 'tests'), { recursive: true });
  await mkdir(join(directory, 'node_modules', 'left-pad'), { recursive: true });
  await writeFile(join(directory, 'suite.js'), 'module.exports = {};\n');
  await writeFile(join(directory, 'tests', 'first.js'), 'first\n');
  await writeFile(join(directory, 'node_modules', 'left-pad', 'index.js'), 'never sent\n');
  const image = await readyFile(join(folder, 'balena.img.gz'), 'an image, compressed already');
  const kernelHeaders = await readyFile(join(folder, 'kernel_modules_headers.tar.gz'), 'headers');
  return {
    image,
    kernelHeaders,
    suite: { directory, md5: 'f'.repeat(32), revision: 'abc123' },
    given: [{ name: 'image/balena.img', sizeBytes: 4096, sha256: 'a'.repeat(64) }],
  };
}

export async function readyFile(path: string, content: string | Uint8Array): Promise<ReadyFile> {
  const bytes = Buffer.from(content);
  await writeFile(path, bytes);
  return { path, sizeBytes: bytes.length, md5: createHash('md5').update(bytes).digest('hex') };
}

function leviathanConfig(change: Partial<LeviathanConfig> = {}): LeviathanConfig {
  return {
    driver: 'native',
    checkout: 'leviathan',
    suites: 'suites',
    cores: [],
    rigs: [],
    client: [],
    images: { core: null, client: null, worker: null },
    fleets: ['lab/rigs'],
    organization: 'testbot',
    ssh: { host: 'ssh.example.test', port: 22 },
    waitMinutes: 120,
    silenceMinutes: 30,
    privateContracts: null,
    preserveDownloads: false,
    unstable: [],
    qemu: { cpus: 4, memory: null, internalStorage: true, externalStorage: true },
    ...change,
  };
}

function suiteRequest(change: Partial<SuiteRequest> = {}): SuiteRequest {
  return {
    id: 'os',
    suite: 'os',
    lab: 'leviathan',
    worker: 'testbot',
    command: [],
    results: 'tap',
    deployDirectory: '/release',
    image: { name: 'image/balena.img', path: '/release/image/balena.img' },
    hostapp: null,
    kernelHeaders: null,
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
    ...change,
  };
}
