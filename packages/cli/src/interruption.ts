import { cancelled, type OsrelError } from '@osrel/core';

/**
 * SIGINT and SIGTERM in three degrees: the first asks to stop, the second ends what runs at once, the third ends the
 * process whatever still runs.
 */
export interface Interruption {
  readonly signal: AbortSignal;
  /** Aborted by the second signal. */
  readonly endNow: AbortSignal;
  /** Exit code of the signal that came: 130 or 143. */
  readonly exitCode: () => number;
  /** While `work` runs, the first signal is left to it: it stops by itself and says how to go on. */
  readonly guard: <T>(work: () => Promise<T>) => Promise<T>;
  /** Rejects on the first signal unless guarded work runs; for commands with nothing to clean up. */
  readonly race: <T>(work: Promise<T>) => Promise<T>;
  /**
   * Called by `main` for each signal; answers what the process owes the sender: to stop in order, to end what runs at
   * once and leave within seconds, or to leave at once.
   */
  readonly receive: (signalName: 'SIGINT' | 'SIGTERM') => 'stopping' | 'ending' | 'end-now';
}

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

export function createInterruption(): Interruption {
  const controller = new AbortController();
  const hard = new AbortController();
  const unguarded = new AbortController();
  let guards = 0;
  let exitCode: number = EXIT_CODES.SIGINT;
  return {
    signal: controller.signal,
    endNow: hard.signal,
    exitCode: () => exitCode,
    guard: async (work) => {
      guards += 1;
      try {
        return await work();
      } finally {
        guards -= 1;
      }
    },
    race: (work) => Promise.race([work, rejectWhenAborted(unguarded.signal)]),
    receive: (signalName) => {
      if (hard.signal.aborted || (controller.signal.aborted && guards === 0)) return 'end-now';
      if (controller.signal.aborted) {
        hard.abort(controller.signal.reason);
        return 'ending';
      }
      exitCode = EXIT_CODES[signalName];
      controller.abort(interrupted(signalName));
      if (guards === 0) unguarded.abort(interrupted(signalName));
      return 'stopping';
    },
  };
}

function rejectWhenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function interrupted(signalName: 'SIGINT' | 'SIGTERM'): OsrelError {
  const what = signalName === 'SIGINT' ? 'interrupted' : 'terminated';
  return cancelled('run.interrupted', `${what} by ${signalName}`, {
    hint: 'run the same command again, it starts where this one stopped',
  });
}
