import type { Clock } from '@osrel/core';
import { parseCoreFrame } from './core-frames.ts';
import { type CoreSocket, openCoreSocket, type SocketEnd } from './core-socket.ts';
import { createFrameAlignment, type FrameAlignment } from './frame-alignment.ts';

/**
 * A second listener of the suite that runs. While the first lives its frames are only compared; it is the only thing that
 * still hears the suite when the first is cut, because the core has forgotten the suite then (leviathan 3.5).
 */
export interface SpareListener {
  /** Each frame of the first, before it is read. */
  readonly fromFirst: (text: string) => void;
  /** Joins, unless it has or was lost too often. Only while a suite runs: without one the core would start it again. */
  readonly join: () => void;
  readonly hasJoined: () => boolean;
  /** The first is gone: from now on the spare's frames count, those first that were missed. */
  readonly takeOver: () => void;
  readonly pause: () => void;
  readonly resume: () => void;
  readonly cut: () => void;
}

export interface SpareListenerOptions {
  readonly coreUrl: string;
  readonly clock: Clock;
  readonly pingSilenceMs: number;
  readonly take: (text: string) => void;
  /** The spare ended after it took over. */
  readonly onEnd: (end: SocketEnd) => void;
}

interface Spare {
  readonly alignment: FrameAlignment;
  socket: CoreSocket | undefined;
}

/** A spare that is lost is replaced so often. */
const MOST_SPARES = 5;

export function createSpareListener(options: SpareListenerOptions): SpareListener {
  const { take, onEnd } = options;
  let spare: Spare | undefined;
  let spares = 0;
  let hasTakenOver = false;

  function drop(dropped: Spare, end: SocketEnd): void {
    if (spare !== dropped) return;
    spare = undefined;
    dropped.socket?.cut();
    if (hasTakenOver) onEnd(end);
  }

  function hear(heard: Spare, text: string): void {
    if (spare !== heard) return;
    // It asks for uploads: no suite runs any more, and answering would start another one.
    if (parseCoreFrame(text).type === 'upload') {
      drop(heard, { because: 'the core has forgotten the suite', isAbsurd: false });
      return;
    }
    for (const frame of heard.alignment.fromSpare(text)) take(frame);
  }

  async function open(added: Spare): Promise<void> {
    try {
      const socket = await openCoreSocket({
        ...options,
        as: 'reconnect',
        onFrame: (text) => hear(added, text),
      });
      added.socket = socket;
      if (spare !== added) socket.cut();
      drop(added, await socket.closed);
    } catch (error) {
      drop(added, { because: String(error), isAbsurd: false });
    }
  }

  return {
    fromFirst: (text) => spare?.alignment.fromFirst(text),
    join: () => {
      if (spare !== undefined || hasTakenOver || spares >= MOST_SPARES) return;
      spares += 1;
      spare = { alignment: createFrameAlignment(), socket: undefined };
      open(spare);
    },
    hasJoined: () => spare?.socket !== undefined,
    takeOver: () => {
      hasTakenOver = true;
      for (const frame of spare?.alignment.switchOver() ?? []) take(frame);
    },
    pause: () => spare?.socket?.pause(),
    resume: () => spare?.socket?.resume(),
    cut: () => {
      const cut = spare;
      spare = undefined;
      cut?.socket?.cut();
    },
  };
}
