/** Room for so many suites at once. */
export interface SuitePlaces {
  /**
   * Waits for room, in order of asking, and gives a function that frees it again. `onWait` is called once where there is
   * none. Throws the signal's reason when it aborts meanwhile.
   */
  readonly take: (signal: AbortSignal, onWait: () => void) => Promise<() => void>;
}

/** `limit` null: there is always room. */
export function createSuitePlaces(limit: number | null): SuitePlaces {
  let free = limit ?? Number.POSITIVE_INFINITY;
  const waiting: (() => void)[] = [];
  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  return {
    take: async (signal, onWait) => {
      signal.throwIfAborted();
      if (free > 0) {
        free -= 1;
        return once(leave);
      }
      onWait();
      const { promise, resolve: enter, reject } = Promise.withResolvers<void>();
      const stop = (): void => {
        const place = waiting.indexOf(enter);
        if (place === -1) return;
        waiting.splice(place, 1);
        reject(signal.reason);
      };
      waiting.push(enter);
      signal.addEventListener('abort', stop, { once: true });
      try {
        await promise;
      } finally {
        signal.removeEventListener('abort', stop);
      }
      return once(leave);
    },
  };
}

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) act();
    isDone = true;
  };
}
