import type { Clock, Json, SuiteEnding } from '@osrel/core';
import { answerUploads, type UploadAnswers } from './answer-uploads.ts';
import { type CoreConnection, connectToCore } from './core-connection.ts';
import type { ArtifactId } from './core-frames.ts';
import type { CoreRequests } from './core-requests.ts';
import { followSuiteLog, type SuiteLog } from './follow-suite-log.ts';
import type { CoreIntervals } from './leviathan-intervals.ts';
import type { ReadyFile, Workspace } from './leviathan-parts.ts';
import type { ArtifactContent } from './pack-artifact.ts';
import { createWatchdog, type Watchdog } from './watchdog.ts';

export interface CoreRunOptions {
  /** Address of the core, without a slash at the end. */
  readonly coreUrl: string;
  readonly requests: CoreRequests;
  readonly workspace: Workspace;
  /** The suite's config.json, as it is sent: it holds the API key. */
  readonly settings: Readonly<Record<string, Json>>;
  /** Aborts when the rig was lost. */
  readonly rigLost: AbortSignal;
  readonly timeoutMs: number;
  /** Milliseconds without any sign of the suite after which it counts as hung. */
  readonly silenceMs: number;
  /** Absolute path of the log to write. */
  readonly logPath: string;
  readonly clock: Clock;
  readonly intervals: CoreIntervals;
  /** Cancels: the suite is stopped, and the signal's reason thrown. */
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
  readonly onNote: (line: string) => void;
  readonly onUploading: (name: string, percent: number) => void;
  readonly onFlashing: (percent: number | null) => void;
}

/** `spoiled`: a suite may still run on the core, so nothing else may. */
export type PlaceState = 'clean' | 'spoiled';

export interface CoreRun {
  readonly ending: SuiteEnding;
  readonly place: PlaceState;
  /** How much of the log came before the suite was made to end: a stopped suite reports failures of its own. */
  readonly judgedBytes: number;
  /** Everything was handed over before it ended. */
  readonly isGiven: boolean;
}

/** A failure or cancellation, with what it leaves behind at the core. */
export class CoreRunFailure extends Error {
  override readonly name = 'CoreRunFailure';
  readonly place: PlaceState;

  constructor(place: PlaceState, cause: unknown) {
    super('the suite could not be run', { cause });
    this.place = place;
  }
}

interface Session {
  readonly options: CoreRunOptions;
  readonly log: SuiteLog;
  readonly uploads: UploadAnswers;
  readonly silence: Watchdog;
  readonly scope: AbortController;
  connection: CoreConnection | undefined;
  hasSpoken: boolean;
}

/**
 * Runs one suite on one core, from the first connection to the suite's end, and stops it when it must end otherwise. The
 * result says what was seen; whether that is a pass is for others to judge (leviathan 4.4). Throws CoreRunFailure,
 * whose cause is what it failed with before the suite could end: rig `lab.core-unreachable`, `lab.core-busy`,
 * `lab.core-silent`, `lab.upload-stalled`, `lab.upload-failed`, `lab.unknown-artifact`, integrity `lab.sent-other-bytes`,
 * and the signal's reason.
 */
export async function runOnCore(options: CoreRunOptions): Promise<CoreRun> {
  const session = openSession(options);
  try {
    const ending = await untilEnded(session);
    if (ending.kind === 'reported') session.uploads.suiteRuns();
    const judgedBytes = session.log.sizeBytes();
    const isGiven = session.uploads.isComplete();
    return { ending, judgedBytes, isGiven, place: await endSuite(session, ending) };
  } catch (cause) {
    const isCancelled = options.signal.aborted;
    const { cancelMs, stopMs } = options.intervals;
    throw new CoreRunFailure(await stopSuite(session, isCancelled ? cancelMs : stopMs), cause);
  } finally {
    session.scope.abort();
    session.silence.stop();
    session.connection?.close();
    await session.log.end().catch((error: unknown) => options.onNote(`the log is not complete: ${error}`));
  }
}

function openSession(options: CoreRunOptions): Session {
  const { clock, silenceMs, logPath, onLine, onNote } = options;
  const scope = new AbortController();
  const silence = createWatchdog(clock, silenceMs);
  const uploads = answerUploads({
    ...options,
    contents: contentsOf(options),
    signal: AbortSignal.any([scope.signal, options.signal, options.rigLost]),
    onPercent: (name, percent) => {
      silence.touch();
      options.onUploading(name, percent);
    },
  });
  const log = followSuiteLog({ path: logPath, onLine, onNote });
  return { options, log, uploads, silence, scope, connection: undefined, hasSpoken: false };
}

/** Until the suite ended, or is to be ended. */
async function untilEnded(session: Session): Promise<SuiteEnding> {
  const { options, log, uploads, silence, scope } = session;
  const { signal, rigLost, requests, clock, timeoutMs, silenceMs } = options;
  await requests.waitUntilFree(AbortSignal.any([signal, rigLost]));
  const connection = await connect(session);
  const cancelled = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => cancelled.reject(signal.reason), {
    once: true,
    signal: scope.signal,
  });
  const lost = Promise.withResolvers<SuiteEnding>();
  const lose = () => lost.resolve({ kind: 'rig-lost', because: reasonOf(rigLost) });
  rigLost.addEventListener('abort', lose, { once: true, signal: scope.signal });
  if (rigLost.aborted) lose();
  if (signal.aborted) cancelled.reject(signal.reason);
  const timer = clock.sleep(timeoutMs, scope.signal);
  timer.catch(() => {});
  return Promise.race([
    cancelled.promise,
    lost.promise,
    uploads.failed,
    log.failed,
    connection.ended.then((end): SuiteEnding => (end.kind === 'reported' ? { ...end, exitCode: null } : end)),
    timer.then((): SuiteEnding => ({ kind: 'timed-out', afterMs: timeoutMs })),
    silence.expired.then((): SuiteEnding => ({ kind: 'silent', afterMs: silenceMs })),
  ]);
}

async function connect(session: Session): Promise<CoreConnection> {
  const { options, log, uploads, silence } = session;
  const hear = () => {
    session.hasSpoken = true;
    uploads.suiteRuns();
    silence.touch();
  };
  const connection = await connectToCore({
    ...options,
    signal: AbortSignal.any([options.signal, options.rigLost]),
    onUpload: (frame) => {
      silence.touch();
      uploads.answer(frame);
    },
    onFlashing: (percent) => {
      hear();
      options.onFlashing(percent);
    },
    onLog: (text) => {
      hear();
      const room = log.write(text);
      if (room === undefined) return;
      session.connection?.pause();
      room.then(() => session.connection?.resume());
    },
  });
  session.connection = connection;
  return connection;
}

/** The core has ended the suite itself, or is made to. */
async function endSuite(session: Session, ending: SuiteEnding): Promise<PlaceState> {
  switch (ending.kind) {
    case 'reported':
      return session.connection?.isResumed() === true ? 'spoiled' : 'clean';
    case 'cut':
    case 'core-error':
      // Another's suite, or one that the core has forgotten: a stop would end the wrong one, or none.
      return 'spoiled';
    default:
      session.options.onNote(`stopping the suite: ${ending.kind}`);
      return stopSuite(session, session.options.intervals.stopMs);
  }
}

/** Only a suite that the core took from this osrel is stopped: it may have one of somebody else. */
async function stopSuite(session: Session, limitMs: number): Promise<PlaceState> {
  const { uploads, connection, options } = session;
  if (!uploads.wasAsked()) return 'clean';
  if (connection?.isResumed() === true) {
    options.onNote(`the core cannot stop the suite, its connection was cut; restart core ${options.coreUrl}`);
    return 'spoiled';
  }
  const isStopped = await options.requests.stop(limitMs);
  if (!isStopped) options.onNote(`core ${options.coreUrl} did not stop the suite within ${limitMs / 1000} s`);
  // Stopped between the last upload and the suite's first word, the core may have started it right after.
  return isStopped && (session.hasSpoken || !uploads.isComplete()) ? 'clean' : 'spoiled';
}

function contentsOf({
  workspace,
  settings,
}: Pick<CoreRunOptions, 'workspace' | 'settings'>): Readonly<Record<ArtifactId, ArtifactContent>> {
  return {
    image: fileOrNothing(workspace.image),
    config: { kind: 'text', text: JSON.stringify(settings) },
    suite: { kind: 'folder', directory: workspace.suite.directory, md5: workspace.suite.md5 },
    kernelHeaders: fileOrNothing(workspace.kernelHeaders),
  };
}

/** An empty file for what a suite does not use, as the stock client sends it (leviathan 2). */
function fileOrNothing(file: ReadyFile | null): ArtifactContent {
  return file === null ? { kind: 'text', text: '' } : { kind: 'file', file };
}

function reasonOf(signal: AbortSignal): string {
  const reason: unknown = signal.reason;
  return reason instanceof Error ? reason.message : String(reason);
}
