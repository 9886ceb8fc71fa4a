import type { CoreFrame } from './frame-fault.ts';

/** Thrown by everything a suite does after it was stopped. */
export class SuiteStopped extends Error {
  constructor() {
    super('the suite was stopped');
    this.name = 'SuiteStopped';
  }
}

/** What a scripted suite can do; it plays the child process of the core. */
export interface SuiteChild {
  /** One chunk of stdout, sent on as one frame without the blanks at its end, as the real core does. */
  print(chunk: string | Uint8Array): void;
  printError(chunk: string | Uint8Array): void;
  /** A message to the core, which sends it on as it is. */
  send(message: CoreFrame): void;
  /** The uploaded config.json. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** A request to the rig that config.json names, as a suite makes them. */
  worker(method: string, path: string, body?: unknown): Promise<{ status: number; text: string }>;
  /** A file below `/tmp/artifacts`. */
  keepArtifact(path: string, content: string | Uint8Array): void;
  /** A file in `/reports`. */
  report(name: string, content: string): void;
  /** Resolves when the core was told to stop the suite. */
  readonly stopped: Promise<void>;
}

/** Plays a suite; returns the exit code of its process. */
export type SuiteScript = (child: SuiteChild) => Promise<number> | number;

/** A suite that was started. */
export interface SuiteRun {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly state: 'running' | 'ended';
  readonly exitCode: number | null;
  /** Whether POST /stop reached it. */
  readonly stopped: boolean;
  /** What clients wrote to its stdin. */
  readonly input: readonly Buffer[];
}

export interface SuiteProcess {
  readonly run: SuiteRun;
  /** As the core listens to its child. */
  listen(listener: SuiteListener): () => void;
  /** As SIGINT. */
  stop(): void;
  /** The message `reconnect` of the core. */
  reconnect(): void;
  write(input: Buffer): void;
  readonly exited: Promise<number>;
}

export interface SuiteListener {
  readonly chunk: (chunk: Buffer) => void;
  readonly message: (message: CoreFrame) => void;
}

export interface SuiteWorld {
  readonly artifacts: Map<string, Buffer>;
  readonly reports: Map<string, Buffer>;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly onStop: SuiteScript | undefined;
  readonly exitCodeOnStop: number;
  readonly changed: () => void;
}

/** Starts a script; it runs on its own from then on, whoever listens. */
export function startSuite(script: SuiteScript, world: SuiteWorld): SuiteProcess {
  const listeners = new Set<SuiteListener>();
  const run = { settings: world.settings, stopped: false, input: [] as Buffer[] };
  let exitCode: number | null = null;
  let tellStopped = () => {};
  const stopped = new Promise<void>((resolve) => {
    tellStopped = resolve;
  });
  const last: Record<string, unknown> = { info: {}, log: '', status: {} };
  const emit = (message: CoreFrame) => {
    if (message.type === 'info' || message.type === 'status') last[message.type] = message.data;
    for (const listener of [...listeners]) listener.message(message);
  };
  const makeChild = (refuse: () => void): SuiteChild => ({
    ...printers(listeners, refuse),
    ...keepers(world, refuse),
    send: (message) => {
      refuse();
      emit(message);
    },
    settings: world.settings,
    worker: (method, path, body) => {
      refuse();
      return askWorker(world.settings, { method, path, body });
    },
    stopped,
  });
  const child = makeChild(() => {
    if (run.stopped) throw new SuiteStopped();
  });
  const exited = endingOf(script, {
    child,
    atStop: makeChild(() => {}),
    world,
    isStopped: () => run.stopped,
  });
  const ended = exited.then((code) => {
    exitCode = code;
    world.changed();
    return code;
  });
  return {
    run: {
      ...run,
      get state() {
        return exitCode === null ? ('running' as const) : ('ended' as const);
      },
      get exitCode() {
        return exitCode;
      },
      get stopped() {
        return run.stopped;
      },
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: () => {
      run.stopped = true;
      tellStopped();
      world.changed();
    },
    reconnect: () => {
      // The real child answers by its message loop, never before the listener that asked is attached.
      queueMicrotask(() => {
        if (exitCode !== null) return;
        for (const type of ['info', 'log', 'status']) emit({ type, data: last[type] });
      });
    },
    write: (input) => run.input.push(input),
    exited: ended,
  };
}

interface Ending {
  readonly child: SuiteChild;
  readonly atStop: SuiteChild;
  readonly world: SuiteWorld;
  readonly isStopped: () => boolean;
}

async function endingOf(script: SuiteScript, { child, atStop, world, isStopped }: Ending): Promise<number> {
  // A real child takes a while to load; nobody hears its first words before they listen.
  await new Promise<void>((started) => setImmediate(started));
  try {
    return await script(child);
  } catch (error) {
    if (error instanceof SuiteStopped || isStopped()) {
      await world.onStop?.(atStop);
      return world.exitCodeOnStop;
    }
    atStop.printError(`${error instanceof Error ? error.stack : String(error)}\n`);
    return 1;
  }
}

function printers(listeners: ReadonlySet<SuiteListener>, refuse: () => void) {
  const print = (chunk: string | Uint8Array) => {
    refuse();
    for (const listener of [...listeners]) listener.chunk(Buffer.from(chunk));
  };
  return { print, printError: print };
}

function keepers({ artifacts, reports }: SuiteWorld, refuse: () => void) {
  return {
    keepArtifact: (path: string, content: string | Uint8Array) => {
      refuse();
      artifacts.set(path, Buffer.from(content));
    },
    report: (name: string, content: string) => {
      refuse();
      reports.set(name, Buffer.from(content));
    },
  };
}

interface WorkerCall {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

async function askWorker(
  settings: Readonly<Record<string, unknown>>,
  { method, path, body }: WorkerCall,
): Promise<{ status: number; text: string }> {
  const response = await fetch(new URL(path, String(settings.workerUrl)), {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  return { status: response.status, text: await response.text() };
}
