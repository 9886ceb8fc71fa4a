import { join } from 'node:path';
import type { Clock, LeviathanConfig, Rig, SuiteProgress, SuiteRequest } from '@osrel/core';
import { badConfig } from '@osrel/core';
import { followTapLines } from '../follow-tap-lines.ts';
import { collectTrace, readSummaryBefore } from './collect-trace.ts';
import { createCoreRequests } from './core-requests.ts';
import type { CoreIntervals } from './leviathan-intervals.ts';
import type {
  CorePlace,
  HeldRig,
  LeviathanAccount,
  RenderSettings,
  RigPool,
  RigWish,
  SuiteFollower,
  SuiteTrace,
  Workspace,
} from './leviathan-parts.ts';
import { type CoreRun, type PlaceState, runOnCore } from './run-on-core.ts';

/** One suite on one core, as both ways of driving it get it. */
export interface DriveRequest {
  readonly request: SuiteRequest;
  readonly account: LeviathanAccount;
  readonly workspace: Workspace;
  readonly place: CorePlace;
  /** Absolute path of a private folder that is removed after the suite. */
  readonly directory: string;
  readonly follower: SuiteFollower;
  readonly onNote: (line: string) => void;
  readonly tell: (change: Partial<SuiteProgress>) => void;
  /** Told as soon as a rig is taken: it is released whatever happens. */
  readonly onRig: (rig: HeldRig) => void;
}

/** What driving a suite came to. */
export interface DrivenSuite {
  readonly trace: SuiteTrace;
  readonly rig: Rig | null;
  readonly place: PlaceState;
  /** Bytes of the log that count; null: all. */
  readonly judgedBytes: number | null;
  /** Everything of the workspace was handed over. */
  readonly isGiven: boolean;
}

export interface NativeDriveOptions {
  readonly rigs: RigPool;
  readonly render: RenderSettings;
  readonly config: LeviathanConfig;
  readonly clock: Clock;
  readonly intervals: CoreIntervals;
}

/**
 * Takes a rig, speaks the core's protocol until the suite has ended, and collects what it left. Throws what `RigPool`
 * and `runOnCore` throw, and config `lab.unknown-worker`.
 */
export async function driveNatively(drive: DriveRequest, options: NativeDriveOptions): Promise<DrivenSuite> {
  const { request, place, directory, follower, onNote, tell } = drive;
  const { clock, intervals } = options;
  tell({ activity: 'waiting' });
  const rig = await options.rigs.take(wishFor(drive, options.config), follower);
  drive.onRig(rig);
  tell({ activity: 'starting', rig: rig.rig });
  const requests = createCoreRequests({ coreUrl: place.coreUrl, clock, intervals });
  await requests.waitUntilFree(AbortSignal.any([follower.signal, rig.lost]));
  const summaryBefore = await readSummaryBefore(requests, directory, follower.signal);
  const log = join(directory, 'suite.log');
  const run = await runSuite(drive, { ...options, rig, requests, log });
  tell({ activity: 'collecting', running: null });
  const collected = await collectTrace({
    ...options,
    requests,
    rig,
    directory,
    summaryBefore,
    limitMs: intervals.collectMs,
    signal: follower.signal,
    onNote: (line) => onNote(`${request.suite}: ${line}`),
  });
  const { ending, ...rest } = run;
  return { ...rest, rig: rig.rig, trace: { ...collected, ending, log } };
}

type RigRun = NativeDriveOptions & {
  readonly rig: HeldRig;
  readonly requests: ReturnType<typeof createCoreRequests>;
  readonly log: string;
};

function runSuite(drive: DriveRequest, options: RigRun): Promise<CoreRun> {
  const { request, account, workspace, place, follower, onNote, tell } = drive;
  const { rig, requests, log, config } = options;
  const tap = followTapLines();
  return runOnCore({
    ...options,
    coreUrl: place.coreUrl,
    requests,
    workspace,
    settings: options.render(request, account, place.rigUrlForCore(rig.url)),
    rigLost: rig.lost,
    timeoutMs: request.timeoutMs,
    silenceMs: config.silenceMinutes * 60_000,
    logPath: log,
    signal: follower.signal,
    onNote,
    onLine: (line) => {
      follower.onLine(line);
      tell({ activity: 'testing', ...(tap.onLine(line) ? tap.progress() : {}) });
    },
    onUploading: (_name, percent) => tell({ activity: 'uploading', percent }),
    onFlashing: (percent) => tell({ activity: 'flashing', percent }),
  });
}

function wishFor({ request, account, place }: DriveRequest, config: LeviathanConfig): RigWish {
  const { worker, slug, secureBoot } = request;
  if (worker !== 'testbot' && worker !== 'qemu') {
    throw badConfig('lab.unknown-worker', `suite "${request.id}" asks for the worker type "${worker}"`, {
      hint: 'in osrel.yml, tests.matrix: worker_type is testbot or qemu',
    });
  }
  return {
    slug,
    secureBoot,
    kind: worker,
    addresses: place.rigAddresses ?? (config.rigs.length > 0 ? config.rigs : null),
    fleets: request.workerFleets ?? config.fleets,
    account,
    avoid: request.avoidRigs,
    waitMs: config.waitMinutes * 60_000,
    purpose: `${request.suite} on ${slug}`,
    core: { url: place.coreUrl, project: place.project },
  };
}
