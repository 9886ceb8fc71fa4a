import type { WebSocket } from 'ws';
import { type ArtifactId, type CoreWorld, UPLOADS } from './core-world.ts';
import { type CoreFrame, textOf } from './frame-fault.ts';
import { type SuiteProcess, startSuite } from './suite-child.ts';

/** A client of `/start`. */
export interface CoreSocket {
  readonly kind: 'first' | 'spare';
  /** Resets its connection. */
  cut(): void;
}

interface Client {
  readonly world: CoreWorld;
  readonly socket: WebSocket;
  readonly kind: CoreSocket['kind'];
  readonly send: (frame: CoreFrame) => void;
  readonly closed: Promise<void>;
}

const MOST_ATTEMPTS = 3;

/**
 * Serves one websocket of `/start`, as the real core does, with what is odd about it: see the README of the
 * recordings for a second listener, a lost first one, and `/stop`.
 */
export async function serveStart(world: CoreWorld, socket: WebSocket, isReconnect: boolean): Promise<void> {
  const { suite: live } = world;
  const kind = live !== null && isReconnect ? 'spare' : 'first';
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const client: Client = {
    world,
    socket,
    kind,
    send: (frame) => sendFrame(world, { socket, kind }, frame),
    closed,
  };
  const pings = setInterval(() => {
    if (!world.isQuiet && socket.readyState === socket.OPEN) socket.ping('heartbeat');
  }, world.pingMs);
  socket.on('error', () => {});
  socket.once('close', () => {
    clearInterval(pings);
    world.machine.set('IDLE');
  });
  world.machine.set('BUSY');
  let hasStarted = false;
  try {
    if (live !== null && !isReconnect) {
      throw new Error('Already running a suite. Please stop it or try again later.');
    }
    if (live === null) {
      for (const id of Object.keys(UPLOADS) as ArtifactId[]) await askForUpload(client, id);
      hasStarted = true;
      world.suite = fork(world);
    }
    const suite = world.suite;
    if (suite !== null) await follow(client, suite, isReconnect);
  } catch (error) {
    world.machine.set('FAILED');
    client.send({ type: 'error', data: { message: error instanceof Error ? error.stack : String(error) } });
  } finally {
    if (!world.isQuiet) socket.close();
    if (hasStarted) world.suite = null;
    world.changed();
  }
}

/** Asks until it has it. Never returns when the client left: so does the real core, and it harms nobody. */
async function askForUpload({ world, send, socket }: Client, id: ArtifactId): Promise<void> {
  const { asked } = world;
  asked.attempt = 0;
  asked.again = true;
  asked.success = null;
  while (asked.again) {
    asked.attempt += 1;
    if (asked.attempt > MOST_ATTEMPTS) throw new Error(`Upload failed too many times: ${asked.attempt}`);
    asked.token = Math.random();
    send({ type: 'upload', data: { id, name: UPLOADS[id], token: asked.token, attempt: asked.attempt } });
    await new Promise<void>((resolve) => {
      const poll = setInterval(() => {
        if (asked.token !== undefined) return;
        clearInterval(poll);
        asked.again = asked.success !== true;
        resolve();
      }, world.pollMs);
      socket.once('close', () => clearInterval(poll));
    });
  }
}

function fork(world: CoreWorld): SuiteProcess {
  const config = world.files.get('config.json');
  world.reports.clear();
  world.artifacts.clear();
  const missing = ['config.json', 'suite/suite.js'].find((name) => !world.files.has(name));
  const process = startSuite(missing === undefined ? world.script : failToLoad(missing), {
    ...world,
    settings: parseSettings(config),
  });
  // npm install of the real core leaves it there, so a suite is never found in its cache the next time.
  if (missing === undefined) world.files.set('suite/package-lock.json', Buffer.from('{}'));
  world.runs.push(process.run);
  world.processes.push(process);
  world.changed();
  return process;
}

const failToLoad =
  (name: string) =>
  (child: { printError: (text: string) => void }): number => {
    child.printError(`Error: Cannot find module '/data/${name}'\n`);
    return 1;
  };

function parseSettings(config: Buffer | undefined): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(config?.toString('utf8') ?? '{}') as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** Sends on what the child says until it exits or the client leaves. */
async function follow({ world, socket, send, closed }: Client, suite: SuiteProcess, isReconnect: boolean) {
  socket.on('message', (message) => {
    const frame = parseInput(textOf(message));
    if (frame !== undefined) suite.write(frame);
  });
  const stopListening = suite.listen({
    chunk: (chunk) => send({ type: 'log', data: chunk.toString('utf8').trimEnd() }),
    message: send,
  });
  if (isReconnect) suite.reconnect();
  const exitCode = await Promise.race([suite.exited, closed]);
  stopListening();
  const success = exitCode === 0;
  send({ type: 'status', data: { success } });
  world.machine.set(success ? 'SUCCESS' : 'FAILED');
}

function parseInput(text: string): Buffer | undefined {
  try {
    const { type, data } = JSON.parse(text) as { type?: unknown; data?: unknown };
    return type === 'input' ? Buffer.from(data as string) : undefined;
  } catch {
    return undefined;
  }
}

function sendFrame(
  world: CoreWorld,
  { socket, kind }: Pick<Client, 'socket' | 'kind'>,
  frame: CoreFrame,
): void {
  if (world.isQuiet || socket.readyState !== socket.OPEN) return;
  const fault = world.frameFaults.next({ frame, socket: kind });
  const text = JSON.stringify(frame);
  switch (fault?.kind) {
    case undefined:
      socket.send(text);
      break;
    case 'cut-before':
      cutSocket(socket);
      break;
    case 'cut-after':
      socket.send(text, () => cutSocket(socket));
      break;
    case 'close-before':
      socket.close();
      break;
    case 'drop':
      break;
    case 'stall':
      world.isQuiet = true;
      break;
    case 'instead':
      socket.send(fault.frame);
      break;
    case 'also':
      socket.send(text);
      socket.send(fault.frame);
  }
}

/** Ends a connection without the closing words of a websocket. */
export const cutSocket = (socket: WebSocket): void => socket.terminate();
