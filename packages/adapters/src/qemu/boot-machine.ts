import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { asOsrelError } from '@osrel/core';
import type { OutputStream, ProgramOutcome, RunProgram } from '../program-runner.ts';
import { type ConsoleTimings, followConsole } from './follow-console.ts';
import { createMachineFollower } from './follow-machine.ts';
import { type AwaitedSocket, openSocket } from './open-socket.ts';
import { createQmpClient, type QmpClient } from './qmp-client.ts';
import { CONSOLE_SOCKET, CONTROL_SOCKET } from './render-qemu-arguments.ts';
import { takeScreenshot } from './take-screenshot.ts';
import { type BootFinding, type BootStages, type BootWatch, createBootWatch } from './watch-boot.ts';

export interface BootTimings extends ConsoleTimings {
  /** How long QEMU may take to end when it is asked to. */
  readonly quitMs: number;
  readonly screenMs: number;
  readonly killAfterMs: number;
}

export interface BootRequest {
  readonly run: RunProgram;
  readonly program: string;
  /** Words that let the console and QMP connect to the sockets in `folder`. */
  readonly arguments: readonly string[];
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute path of a folder of this boot alone. */
  readonly folder: string;
  readonly marker: RegExp;
  readonly bootMs: number;
  readonly timings: BootTimings;
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
  readonly onStages: (stages: BootStages) => void;
  readonly onStart: (pid: number) => Promise<void>;
}

export interface Boot {
  readonly finding: BootFinding;
  readonly stages: BootStages;
  /** Of QEMU; null when it never told. */
  readonly version: string | null;
  /** Absolute path of a PNG, where the marker was not shown and QEMU could draw its screen. */
  readonly screen: string | undefined;
}

/** Name of the file with every byte of the console, in the folder of the boot. */
export const SERIAL_LOG = 'serial.log';

const NO_CONNECTION_MS = 250;
const COMPLAINTS = 5;

/**
 * Boots one machine and waits for what decides it; by then its process group has ended. Throws what `RunProgram` throws
 * when QEMU cannot start or the signal aborts, and rig `lab.long-path`.
 */
export async function bootMachine(request: BootRequest): Promise<Boot> {
  const serial = await openSocket(join(request.folder, CONSOLE_SOCKET));
  let control: AwaitedSocket | undefined;
  try {
    control = await openSocket(join(request.folder, CONTROL_SOCKET));
    return await bootWith({ serial, control }, request);
  } finally {
    serial.close();
    control?.close();
  }
}

interface Sockets {
  readonly serial: AwaitedSocket;
  readonly control: AwaitedSocket;
}

async function bootWith(sockets: Sockets, request: BootRequest): Promise<Boot> {
  const watch = createBootWatch(request.marker);
  const decided = Promise.withResolvers<BootFinding>();
  const follower = followConsole({
    ...request,
    watch,
    log: join(request.folder, SERIAL_LOG),
    onLine: (line) => {
      request.onLine(line);
      request.onStages(watch.stages());
    },
    onFinding: decided.resolve,
  });
  const connected = sockets.serial.connection.then(follower.listen);
  const client = control(sockets.control, { watch, look: follower.look, onFinding: decided.resolve });
  const qemu = startQemu(request);
  try {
    const first = await Promise.race([decided.promise, qemu.ended]);
    const screen = await screenOf(first, client.known(), request);
    await qemu.end(client.known());
    await Promise.race([connected, sleep(NO_CONNECTION_MS)]);
    await follower.end();
    const finding = finalFinding(first, watch, qemu.complaint());
    return { finding, stages: watch.stages(), version: client.known()?.version ?? null, screen };
  } finally {
    await qemu.kill();
    sockets.serial.close();
    await follower.end();
  }
}

/** What was printed last may come after the news that the machine is off, or that QEMU has ended. */
function finalFinding(first: BootFinding | ProgramOutcome, watch: BootWatch, complaint: string): BootFinding {
  if ('rule' in first) return first.rule === 'powered-off' ? (watch.finding() ?? first) : first;
  return watch.finding() ?? { rule: 'qemu-failed', seen: complaint || describeEnd(first) };
}

function describeEnd({ end }: ProgramOutcome): string {
  if (end.kind === 'killed') return `it was killed by ${end.signalName}`;
  return end.kind === 'exited' ? `it ended with exit code ${end.exitCode}` : 'it did not end';
}

function control(
  socket: AwaitedSocket,
  request: Omit<Parameters<typeof createMachineFollower>[0], 'client'>,
) {
  let known: QmpClient | undefined;
  const client = Promise.withResolvers<QmpClient>();
  // Without it the boot is still followed by its console; nobody waits for a client that never comes.
  client.promise.catch(() => undefined);
  const onEvent = createMachineFollower({ ...request, client: client.promise });
  socket.connection
    .then((connection) => createQmpClient(connection, onEvent))
    .then((made) => {
      known = made;
      client.resolve(made);
    }, client.reject);
  return { known: () => known };
}

async function screenOf(
  finding: BootFinding | ProgramOutcome,
  client: QmpClient | undefined,
  { folder, signal, timings }: BootRequest,
): Promise<string | undefined> {
  if (!('rule' in finding) || finding.rule === 'marker-shown' || client === undefined) return undefined;
  return takeScreenshot(client, folder, AbortSignal.any([signal, AbortSignal.timeout(timings.screenMs)]));
}

function startQemu(request: BootRequest) {
  const stop = new AbortController();
  const complaints: string[] = [];
  const ended = request.run({
    file: request.program,
    arguments: request.arguments,
    workingDirectory: request.workingDirectory,
    environment: request.environment,
    signal: AbortSignal.any([request.signal, stop.signal]),
    onLine: (line: string, stream: OutputStream) => {
      request.onLine(line);
      if (stream === 'stderr') complaints.push(line);
      if (complaints.length > COMPLAINTS) complaints.shift();
    },
    onStart: request.onStart,
    killAfterMs: request.timings.killAfterMs,
  });
  const settled = ended.then(
    () => undefined,
    (error: unknown) => {
      if (request.signal.aborted || !stop.signal.aborted || asOsrelError(error)?.kind !== 'cancelled')
        throw error;
    },
  );
  settled.catch(() => undefined);
  return {
    ended,
    complaint: () => complaints.join('; '),
    /** Asks it to end, and stops it when it does not. */
    end: async (client: QmpClient | undefined): Promise<void> => {
      const { quitMs } = request.timings;
      const timer = setTimeout(() => stop.abort(), client === undefined ? 0 : quitMs);
      client?.execute('quit').catch(() => undefined);
      await settled.finally(() => clearTimeout(timer));
    },
    kill: async (): Promise<void> => {
      stop.abort();
      await settled.catch(() => undefined);
    },
  };
}
