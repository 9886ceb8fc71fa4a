import type { Clock } from '@osrel/core';

export interface Wait {
  /** Ends the waiting; its reason is thrown. */
  readonly signal: AbortSignal;
  readonly limitMs: number;
  /** What is thrown when `limitMs` are over. */
  readonly late: () => Error;
}

/** Those who wait for one of several equal things, served in order of asking. */
export interface WaitingLine<Thing> {
  readonly wait: (wait: Wait) => Promise<Thing>;
  /** Gives it to the first who waits; false when nobody does. */
  readonly serve: (thing: Thing) => boolean;
  /** Nobody will be served any more. */
  readonly dismiss: (error: Error) => void;
}

interface Waiter<Thing> {
  readonly take: (thing: Thing) => void;
  readonly fail: (error: unknown) => void;
}

export function createWaitingLine<Thing>(clock: Clock): WaitingLine<Thing> {
  let waiters: readonly Waiter<Thing>[] = [];
  return {
    wait: async ({ signal, limitMs, late }) => {
      const { promise, resolve: take, reject: fail } = Promise.withResolvers<Thing>();
      const waiter: Waiter<Thing> = { take, fail };
      const leave = (because: () => unknown): void => {
        if (!waiters.includes(waiter)) return;
        waiters = waiters.filter((other) => other !== waiter);
        fail(because());
      };
      const stop = () => leave(() => signal.reason);
      const over = new AbortController();
      waiters = [...waiters, waiter];
      signal.addEventListener('abort', stop, { once: true });
      clock.sleep(limitMs, over.signal).then(
        () => leave(late),
        () => {},
      );
      try {
        return await promise;
      } finally {
        over.abort();
        signal.removeEventListener('abort', stop);
      }
    },
    serve: (thing) => {
      const [next, ...rest] = waiters;
      waiters = rest;
      next?.take(thing);
      return next !== undefined;
    },
    dismiss: (error) => {
      const left = waiters;
      waiters = [];
      for (const { fail } of left) fail(error);
    },
  };
}
