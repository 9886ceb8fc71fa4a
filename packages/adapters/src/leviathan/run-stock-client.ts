import { createWriteStream } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { type Clock, type LeviathanConfig, rigFailed, type SuiteEnding } from '@osrel/core';
import { followTapLines } from '../follow-tap-lines.ts';
import type { ProcessSignals, ProgramOutcome, RunProgram } from '../program-runner.ts';
import type { ComposeProject } from './compose/compose-project.ts';
import { createDockerProgram } from './compose/docker-program.ts';
import { createCoreRequests } from './core-requests.ts';
import type { DrivenSuite, DriveRequest } from './drive-natively.ts';
import { DEFAULT_INTERVALS } from './leviathan-intervals.ts';
import { CoreRunFailure } from './run-on-core.ts';
import { type ClientCommand, createClientCommand } from './stock-client/client-command.ts';
import { clientRefused } from './stock-client/client-refusal.ts';
import { chooseClientRig, holdClientRig, rigAt } from './stock-client/client-rig.ts';
import { collectClientReports } from './stock-client/collect-client-reports.ts';
import { prepareClientFolders } from './stock-client/prepare-client-folders.ts';
import { type ClientState, watchClientOutput } from './stock-client/watch-client-output.ts';
import { renderSuiteSettings } from './suite-settings.ts';
import { createWatchdog } from './watchdog.ts';

export interface StockClientOptions {
  readonly config: LeviathanConfig;
  /** Absolute path of the repository root. */
  readonly root: string;
  readonly runProgram: RunProgram;
  /** The environment of the client and of docker's client; no secret. */
  readonly environment: Readonly<Record<string, string>>;
  readonly signals: Pick<ProcessSignals, 'send'>;
  /** The compose project of a core that was lent; of `createComposePlaces`. */
  readonly findProject: (name: string) => ComposeProject | undefined;
  readonly clock: Clock;
  /** Milliseconds that the client may take to end after a cancellation, and after its time was over. */
  readonly graceMs?: { readonly cancelled: number; readonly stopped: number };
}

const GRACE_MS = { cancelled: 4_000, stopped: 120_000 };
/** How long a core may take to say that a suite ended whose client had to be killed. */
const STOP_MS = 2_000;

/** Why osrel ends the client. */
type Stop =
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'no-rig' }
  | { readonly kind: 'timed-out' | 'silent'; readonly afterMs: number };

/**
 * Makes a function that runs one suite by Leviathan's own client, which takes a rig by itself, and reads what it left
 * (leviathan 2, 3.4, 4.3). Its exit code decides nothing: it is 0 also when the connection was cut (leviathan 4.4).
 *
 * The API key goes into a file that only this user can read and that is removed at the end. The client itself hands its
 * whole configuration to a child on a command line, where other users of the machine see it as long as it runs.
 *
 * Throws refused `lab.no-such-rig` and `lab.unknown-device-type`, config `lab.no-client`, `lab.client-outside`,
 * `lab.client-refused` and `lab.client-broken`, permission `lab.account-refused`, rig `lab.no-free-rig` and
 * `lab.client-failed`, and CoreRunFailure with the signal's reason.
 */
export function createStockClient(
  options: StockClientOptions,
): (drive: DriveRequest) => Promise<DrivenSuite> {
  const callDocker = createDockerProgram({ ...options, workingDirectory: options.root });
  return async (drive) => {
    const { request, account, place, directory, follower, tell } = drive;
    const folders = await prepareClientFolders(directory);
    const command = createClientCommand({ ...options, callDocker }, drive, folders);
    const core = createCoreRequests({
      coreUrl: place.coreUrl,
      clock: options.clock,
      intervals: DEFAULT_INTERVALS,
    });
    tell({ activity: 'starting' });
    // The client gives up after three tries, and leaves the rig reserved (leviathan 3.5).
    await core.waitUntilFree(follower.signal);
    const rig = await chooseClientRig(drive, options.config);
    const settings = renderSuiteSettings(options.config, { request, account, places: command.places, rig });
    const configPath = join(folders.workspace, 'config.json');
    await writeFile(configPath, JSON.stringify([settings]), { mode: 0o600 });
    if (options.config.client.length > 0) {
      drive.onNote(
        'the stock client shows the API key on the command line of its child while the suite runs',
      );
    }
    const clientLog = join(dirname(folders.start), 'client.log');
    const session: Session = { options, drive, command, clientLog, stopCore: () => core.stop(STOP_MS) };
    try {
      const run = await runClient(session);
      tell({ activity: 'collecting', running: null });
      const { onNote } = drive;
      const reports = await collectClientReports({ reports: folders.reports, clientLog, onNote });
      return drivenSuite(run, drive, { ...reports, ending: endingOf(run) });
    } finally {
      await rm(configPath, { force: true });
    }
  };
}

interface Session {
  readonly options: StockClientOptions;
  readonly drive: DriveRequest;
  readonly command: ClientCommand;
  /** Absolute path of the file that gets all the client prints. */
  readonly clientLog: string;
  /** True when the core says that the suite ended. */
  readonly stopCore: () => Promise<boolean>;
}

interface ClientRun {
  readonly state: ClientState;
  /** What was known when osrel asked the client to end: later claims are of a suite that was stopped. */
  readonly stop: { readonly because: Stop; readonly state: ClientState } | null;
  /** Null where osrel ended it. */
  readonly outcome: ProgramOutcome | null;
  readonly place: DrivenSuite['place'];
}

/** Runs the client until it has ended, by itself or because it had to. Throws what it refuses to start with. */
async function runClient(session: Session): Promise<ClientRun> {
  const { drive, options, clientLog } = session;
  const { signal } = drive.follower;
  const output = watchClientOutput();
  const ending = createEnding(session, output.state);
  const log = createWriteStream(clientLog);
  const follow = followOutput(session, output.state, ending.onRig, ending.isOurs);
  let outcome: ProgramOutcome | null = null;
  drive.tell({ activity: 'waiting' });
  try {
    outcome = await session.command.run({
      signal: ending.asked,
      endNow: ending.killed,
      onLine: (line) => {
        const text = output.onLine(line);
        log.write(`${text}\n`);
        ending.touch();
        follow(text);
      },
    });
  } catch (error) {
    if (ending.stop() === null) throw error;
  } finally {
    ending.finish();
    log.end();
    await finished(log).catch(() => {}); // A full disk is told by whoever keeps the log.
  }
  const stop = ending.stop();
  const state = output.state();
  const place = await placeStateOf({ state, stop, wasKilled: ending.killed.aborted }, session);
  if (signal.aborted) throw new CoreRunFailure(place, signal.reason);
  if (stop?.because.kind === 'no-rig') throw noFreeRig(drive, options.config.waitMinutes);
  if (stop === null && state.rigUrl === null) {
    throw clientRefused(state.refusal ?? state.lastError ?? describeEnd(outcome), drive);
  }
  return { state, stop, outcome, place };
}

/** Watches time, silence and cancellation of one client, and ends it. */
function createEnding({ drive, options }: Session, stateNow: () => ClientState) {
  const { clock, config, graceMs = GRACE_MS } = options;
  const [asked, killed, over] = [new AbortController(), new AbortController(), new AbortController()];
  const { signal } = drive.follower;
  const silenceMs = config.silenceMinutes * 60_000;
  const silence = createWatchdog(clock, silenceMs);
  let stop: ClientRun['stop'] = null;
  const end = (because: Stop): void => {
    if (stop !== null || over.signal.aborted) return;
    stop = { because, state: stateNow() };
    asked.abort();
    const limitMs = because.kind === 'cancelled' ? graceMs.cancelled : graceMs.stopped;
    after(limitMs, () => killed.abort());
  };
  const after = (delayMs: number, act: () => void): void => {
    clock.sleep(delayMs, over.signal).then(act, () => {});
  };
  const cancel = (): void => end({ kind: 'cancelled' });
  if (signal.aborted) cancel();
  signal.addEventListener('abort', cancel, { once: true });
  silence.hold();
  void silence.expired.then(() => end({ kind: 'silent', afterMs: silenceMs }));
  after(config.waitMinutes * 60_000, () => {
    if (stateNow().rigUrl === null) end({ kind: 'no-rig' });
  });
  return {
    asked: asked.signal,
    killed: killed.signal,
    stop: () => stop,
    touch: () => {
      if (stateNow().rigUrl !== null) silence.touch();
    },
    /** From here on the suite has its time. */
    onRig: () => {
      const { timeoutMs } = drive.request;
      after(timeoutMs, () => end({ kind: 'timed-out', afterMs: timeoutMs }));
    },
    /** The suite has not freed the rig, so nobody else can have it. */
    isOurs: () => !stateNow().hasSuiteFreedRig,
    finish: () => {
      over.abort();
      silence.stop();
      signal.removeEventListener('abort', cancel);
    },
  };
}

/** Tells lines and progress, and the rig once it is known. */
function followOutput(
  { drive }: Session,
  stateNow: () => ClientState,
  onRig: () => void,
  isOurs: () => boolean,
): (text: string) => void {
  const tap = followTapLines();
  let hasRig = false;
  return (text) => {
    drive.follower.onLine(text);
    const { rigUrl, hasSuiteStarted } = stateNow();
    if (rigUrl !== null && !hasRig) {
      hasRig = true;
      onRig();
      drive.onRig(holdClientRig(rigUrl, drive, isOurs));
      drive.tell({ activity: 'starting', rig: rigAt(rigUrl, drive).rig });
    }
    const [, flashed] = /^Flashing: (\d+)/.exec(text) ?? [];
    const [, sent] = /^Uploading - (\d+)%/.exec(text) ?? [];
    if (flashed !== undefined) drive.tell({ activity: 'flashing', percent: Number(flashed) });
    else if (text.startsWith('Handling artifact:')) drive.tell({ activity: 'uploading' });
    else if (sent !== undefined) drive.tell({ activity: 'uploading', percent: Number(sent) });
    else if (tap.onLine(text) && hasSuiteStarted) drive.tell({ activity: 'testing', ...tap.progress() });
  };
}

/** Whether a suite may still run at the core. A client that ended when asked has waited for the suite's end. */
async function placeStateOf(
  run: Pick<ClientRun, 'state' | 'stop'> & { readonly wasKilled: boolean },
  { stopCore }: Session,
): Promise<DrivenSuite['place']> {
  const { state, stop, wasKilled } = run;
  if (state.rigUrl === null || state.verdict !== null) return 'clean';
  if (stop === null) return 'spoiled';
  if (!wasKilled) return 'clean';
  return (await stopCore()) ? 'clean' : 'spoiled';
}

function drivenSuite(run: ClientRun, drive: DriveRequest, trace: DrivenSuite['trace']): DrivenSuite {
  const { rigUrl, hasSuiteStarted } = run.state;
  return {
    trace,
    rig: rigUrl === null ? null : rigAt(rigUrl, drive).rig,
    place: run.place,
    judgedBytes: null,
    isGiven: hasSuiteStarted,
  };
}

/** How the suite ended, by what the client told; never by its exit code alone (leviathan 4.4). */
function endingOf({ state: last, stop, outcome }: ClientRun): SuiteEnding {
  const state = stop?.state ?? last;
  if (state.verdict !== null) {
    return { kind: 'reported', success: state.verdict === 'PASS', exitCode: null };
  }
  if (stop?.because.kind === 'timed-out' || stop?.because.kind === 'silent') return stop.because;
  if (state.isRigLost) return { kind: 'rig-lost', because: 'the client lost the rig: ten heartbeats failed' };
  if (outcome?.end.kind === 'killed') return { kind: 'killed', signalName: outcome.end.signalName };
  if (state.childCode === 3)
    return { kind: 'core-error', because: state.lastError ?? 'the core reported an error' };
  if (state.hasSuiteStarted || state.isConnectionClosed) {
    const because = `the client ended (${describeEnd(outcome)}) without having heard how the suite ended`;
    return { kind: 'cut', because };
  }
  return {
    kind: 'core-error',
    because: state.lastError ?? `the client ended early, with ${describeEnd(outcome)}`,
  };
}

function describeEnd(outcome: ProgramOutcome | null): string {
  if (outcome === null) return 'it was ended';
  const { end } = outcome;
  if (end.kind === 'exited') return `exit code ${end.exitCode}`;
  return end.kind === 'killed' ? end.signalName : 'its time was over';
}

function noFreeRig({ request }: DriveRequest, minutes: number): Error {
  return rigFailed(
    'lab.no-free-rig',
    `the stock client got no rig for ${request.id} within ${minutes} minutes`,
    {
      hint: 'wait for the rigs to become free, or raise tests.leviathan.wait-minutes in osrel.yml',
      retryable: true,
    },
  );
}
