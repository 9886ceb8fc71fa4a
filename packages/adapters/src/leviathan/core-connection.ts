import { type Clock, rigFailed } from '@osrel/core';
import { untilAborted } from '../until-aborted.ts';
import { type ConnectionEnd, createFrameReader, type FrameListener } from './core-frame-reader.ts';
import { type CoreSocket, openCoreSocket, type SocketEnd } from './core-socket.ts';
import type { CoreIntervals } from './leviathan-intervals.ts';
import { createSpareListener } from './spare-listener.ts';

export interface CoreConnection {
  /** Never rejects. */
  readonly ended: Promise<ConnectionEnd>;
  /** The first connection was cut and the spare goes on: the core has forgotten the suite and cannot stop it. */
  readonly isResumed: () => boolean;
  /** Stops reading until `resume`. */
  readonly pause: () => void;
  readonly resume: () => void;
  readonly close: () => void;
}

export interface CoreConnectionOptions extends FrameListener {
  /** Address of the core, without a slash at the end. */
  readonly coreUrl: string;
  readonly clock: Clock;
  readonly intervals: CoreIntervals;
  /** Ends the connecting; not the connection. */
  readonly signal: AbortSignal;
}

/**
 * Connects to a core and starts a suite there. As soon as the suite speaks, a spare listener joins: when the first
 * connection is cut the spare goes on with the frames that were missed. Throws rig `lab.core-unreachable` when there is
 * no connection, `lab.core-silent` when the core does not ping, and the signal's reason.
 */
export async function connectToCore(options: CoreConnectionOptions): Promise<CoreConnection> {
  const { coreUrl, clock, intervals, signal } = options;
  const work = createConnection(options);
  try {
    const first = await openCoreSocket({
      coreUrl,
      as: 'first',
      clock,
      pingSilenceMs: intervals.pingSilenceMs,
      onFrame: work.fromFirst,
    });
    work.useFirst(first);
    await untilAborted(untilReady(first, work.connection, options), signal);
    return work.connection;
  } catch (error) {
    work.connection.close();
    throw error;
  }
}

async function untilReady(
  first: CoreSocket,
  connection: CoreConnection,
  { coreUrl, clock, intervals }: CoreConnectionOptions,
): Promise<void> {
  const waiting = new AbortController();
  const late = clock.sleep(intervals.firstPingMs, waiting.signal).then(
    () => 'late' as const,
    () => 'ready' as const,
  );
  try {
    const outcome = await Promise.race([
      first.ready.then(() => 'ready' as const),
      // What the core said before its first ping, "already running" for one, is told by the end of the connection.
      connection.ended.then((end) => (end.kind === 'cut' ? end : ('ready' as const))),
      late,
    ]);
    if (outcome === 'ready') return;
    if (outcome === 'late') {
      throw rigFailed(
        'lab.core-silent',
        `core ${coreUrl} took the connection, but did not ping within ${intervals.firstPingMs / 1000} s`,
        { hint: 'check that this address is a Leviathan core and read its log' },
      );
    }
    throw rigFailed('lab.core-unreachable', `no connection to core ${coreUrl}: ${outcome.because}`, {
      hint: 'check that the core runs and read its log',
    });
  } finally {
    waiting.abort();
  }
}

interface ConnectionWork {
  readonly connection: CoreConnection;
  readonly fromFirst: (text: string) => void;
  readonly useFirst: (socket: CoreSocket) => void;
}

function createConnection(options: CoreConnectionOptions): ConnectionWork {
  const ended = Promise.withResolvers<ConnectionEnd>();
  const frames = createFrameReader(options, finish);
  const spare = createSpareListener({
    ...options,
    pingSilenceMs: options.intervals.pingSilenceMs,
    take: frames.take,
    onEnd: (end) => finish(frames.endOf(end)),
  });
  let first: CoreSocket | undefined;
  let isResumed = false;

  function finish(end: ConnectionEnd): void {
    ended.resolve(end);
    frames.stop();
    first?.cut();
    spare.cut();
  }

  function afterFirst(end: SocketEnd): void {
    first = undefined;
    if (frames.hasResult() || end.isAbsurd || !spare.hasJoined()) {
      finish(frames.endOf(end));
      return;
    }
    isResumed = true;
    options.onNote(`the connection to the core was cut (${end.because}); resumed on the spare one`);
    spare.takeOver();
  }

  return {
    fromFirst: (text) => {
      spare.fromFirst(text);
      if (frames.take(text) === 'suite-speaks') spare.join();
    },
    useFirst: (socket) => {
      first = socket;
      socket.closed.then(afterFirst);
    },
    connection: {
      ended: ended.promise,
      isResumed: () => isResumed,
      pause: () => {
        first?.pause();
        spare.pause();
      },
      resume: () => {
        first?.resume();
        spare.resume();
      },
      close: () => finish({ kind: 'cut', because: 'osrel closed the connection' }),
    },
  };
}
