import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  asOsrelError,
  type Clock,
  judgeSuite,
  type LeviathanConfig,
  OsrelError,
  rigFailed,
  type SuiteObserver,
  type SuiteRequest,
  type SuiteResult,
  type TestLab,
  type TestReport,
  type VerdictRule,
} from '@osrel/core';
import { type DrivenSuite, type DriveRequest, driveNatively } from './drive-natively.ts';
import { type CoreIntervals, DEFAULT_INTERVALS } from './leviathan-intervals.ts';
import type {
  CorePlace,
  CorePlaces,
  HeldRig,
  LeviathanAccount,
  RenderSettings,
  RigPool,
  SuiteTrace,
  Workspace,
  Workspaces,
} from './leviathan-parts.ts';
import { observeTrace } from './observe-trace.ts';
import { createProgressReport } from './report-progress.ts';
import { CoreRunFailure, type PlaceState } from './run-on-core.ts';

export interface LeviathanLabOptions {
  readonly workspaces: Workspaces;
  readonly places: CorePlaces;
  readonly rigs: RigPool;
  readonly render: RenderSettings;
  /** The balena account of a suite; throws config when its environment has none. */
  readonly accountOf: (request: SuiteRequest) => LeviathanAccount;
  /** Drives a suite by the stock client, which takes a rig by itself. */
  readonly runStockClient: (drive: DriveRequest) => Promise<DrivenSuite>;
  readonly config: LeviathanConfig;
  /** Rules of osrel.yml (`tests.verdicts`). */
  readonly verdicts: readonly VerdictRule[];
  /** Reads the whole log of a suite. */
  readonly parseLog: (text: string) => TestReport;
  readonly clock: Clock;
  /** Absolute path of a folder in which private folders may be made. */
  readonly temporaryDirectory: string;
  readonly intervals?: Partial<CoreIntervals>;
}

const LABS = ['leviathan'];

/** Rig failures that no other try of the suite can help. */
const THROWN_AS_THEY_ARE = ['lab.no-free-rig', 'lab.unavailable'];

/**
 * A test lab that runs suites of Leviathan, on a rig of a fleet or in QEMU. A failure of rigs or cores is a result with
 * the failure's code as its rule, save for rig `lab.no-free-rig`. Throws refused `lab.no-such-rig`, `lab.unknown-suite`
 * and `lab.missing-input`, what is wrong with configuration and permissions, and the observer's reason when it aborts.
 */
export function createLeviathanLab(options: LeviathanLabOptions): TestLab {
  const lab: Lab = { ...options, intervals: { ...DEFAULT_INTERVALS, ...options.intervals } };
  return {
    labs: LABS,
    runSuite: async (request, observer) => {
      if (!LABS.includes(request.lab)) {
        throw rigFailed('lab.unavailable', `this lab cannot drive "${request.lab}", only Leviathan`);
      }
      const directory = await mkdtemp(join(options.temporaryDirectory, 'osrel-leviathan-'));
      try {
        return await runSuite(lab, { request, observer, directory });
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    },
  };
}

type Lab = LeviathanLabOptions & { readonly intervals: CoreIntervals };

interface SuiteTry {
  readonly request: SuiteRequest;
  readonly observer: SuiteObserver;
  readonly directory: string;
}

/** What is to be given back, whatever happens. */
interface Holdings {
  workspace: Workspace | undefined;
  place: CorePlace | undefined;
  rig: HeldRig | undefined;
  state: PlaceState;
}

async function runSuite(lab: Lab, suite: SuiteTry): Promise<SuiteResult> {
  const holdings: Holdings = { workspace: undefined, place: undefined, rig: undefined, state: 'clean' };
  try {
    return await judge(lab, suite, await holding(lab, suite, holdings), holdings);
  } catch (error) {
    suite.observer.signal.throwIfAborted();
    const failure = asOsrelError(error);
    if (failure?.kind !== 'rig' || THROWN_AS_THEY_ARE.includes(failure.code)) throw error;
    return failedResult(failure, suite, holdings);
  }
}

/** Drives the suite, and gives back all that it took. */
async function holding(lab: Lab, suite: SuiteTry, holdings: Holdings): Promise<DrivenSuite> {
  const { observer } = suite;
  const progress = createProgressReport(observer.onProgress);
  try {
    const driven = await drive(lab, { ...suite, tell: progress.tell }, holdings);
    holdings.state = driven.place;
    await keepTrace(observer, driven.trace);
    return driven;
  } catch (error) {
    const cause = error instanceof CoreRunFailure ? error.cause : error;
    if (error instanceof CoreRunFailure) holdings.state = error.place;
    if (isUnfit(cause)) holdings.state = 'spoiled';
    throw cause;
  } finally {
    progress.tell({ activity: 'leaving', running: null });
    await leave(holdings, observer);
  }
}

/** The next suite would fare no better on that core: it is busy, silent or takes no uploads. */
function isUnfit(error: unknown): boolean {
  return error instanceof OsrelError && /^lab\.(?:core|upload)-/.test(error.code);
}

async function drive(
  lab: Lab,
  { request, observer, directory, tell }: SuiteTry & Pick<DriveRequest, 'tell'>,
  holdings: Holdings,
): Promise<DrivenSuite> {
  const { signal, onLine } = observer;
  const follower = { signal, onLine, onProgress: tell };
  tell({ activity: 'preparing' });
  const account = lab.accountOf(request);
  // What the suite could not be given is told before a rig is taken; its address comes later.
  lab.render(request, account, 'http://127.0.0.1');
  const workspace = await lab.workspaces.prepare(request, follower);
  holdings.workspace = workspace;
  const place = await lab.places.borrow({ request, account }, follower);
  holdings.place = place;
  const wanted: DriveRequest = {
    request,
    account,
    workspace,
    place,
    directory,
    follower,
    tell,
    onNote: noteTo(observer),
    onRig: (rig) => {
      holdings.rig = rig;
    },
  };
  signal.throwIfAborted();
  return lab.config.driver === 'client' ? lab.runStockClient(wanted) : driveNatively(wanted, lab);
}

/** The rig first, which others may wait for. After a cancellation both at once: seconds count then. */
async function leave({ rig, place, state }: Holdings, observer: SuiteObserver): Promise<void> {
  const onNote = noteTo(observer);
  const giveBack = async (give: (() => Promise<void>) | undefined) => {
    try {
      await give?.();
    } catch (error) {
      onNote(`could not be given back: ${messageOf(error)}`);
    }
  };
  const released = giveBack(rig?.release);
  if (!observer.signal.aborted) await released;
  await Promise.all([released, giveBack(place === undefined ? undefined : () => place.leave(state))]);
}

/** What cannot be kept is told and never hides the verdict. */
async function keepTrace(observer: SuiteObserver, trace: SuiteTrace): Promise<void> {
  const kept = [
    ['suite.log', trace.log, 'text'],
    ['serial.log', trace.serial, 'text'],
    ['artifacts.tar.gz', trace.artifacts, 'binary'],
    ['test-summary.json', trace.summary, 'text'],
  ] as const;
  for (const [name, path, kind] of kept) {
    if (path === null) continue;
    try {
      await observer.keep(name, path, kind);
    } catch (error) {
      noteTo(observer)(`${name} could not be kept: ${messageOf(error)}`);
    }
  }
}

async function judge(
  lab: Lab,
  suite: SuiteTry,
  driven: DrivenSuite,
  { workspace }: Holdings,
): Promise<SuiteResult> {
  const { observer, request } = suite;
  const observation = await observeTrace(driven.trace, {
    ...lab,
    suite: request.suite,
    judgedBytes: driven.judgedBytes,
  });
  const { verdict, rule, because, isWhole, tests, warnings } = judgeSuite(observation);
  for (const warning of warnings) noteTo(observer)(warning);
  return {
    verdict,
    rule,
    because,
    isWhole,
    tests,
    given: driven.isGiven ? (workspace?.given ?? []) : [],
    rig: driven.rig,
    suiteRevision: workspace?.suite.revision ?? null,
  };
}

function failedResult(
  failure: OsrelError,
  { observer }: SuiteTry,
  { workspace, rig }: Holdings,
): SuiteResult {
  if (failure.hint !== undefined) noteTo(observer)(`next: ${failure.hint}`);
  return {
    verdict: failure.code.startsWith('lab.rig-') ? 'rig-failure' : 'infrastructure',
    rule: failure.code,
    because: failure.message,
    isWhole: false,
    tests: [],
    given: [],
    rig: rig?.rig ?? null,
    suiteRevision: workspace?.suite.revision ?? null,
  };
}

/** What osrel says itself, between the lines of the suite. */
function noteTo(observer: SuiteObserver): (line: string) => void {
  return (line) => observer.onLine(`osrel: ${line}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
