/** A bound on what happens at once: each use waits for a free slot, in the order of asking. */
export interface AssetSlots {
  /** Runs `work` in a slot; throws the signal's reason when aborted while waiting. */
  use<Result>(work: () => Promise<Result>, signal?: AbortSignal): Promise<Result>;
}

/**
 * Makes `count` slots that all files of one adapter share: memory and connections stay bounded however many
 * there are.
 */
export function createAssetSlots(count: number): AssetSlots {
  let free = count;
  const waiting = new Set<() => void>();

  function take(signal: AbortSignal | undefined): Promise<void> {
    if (free > 0) {
      free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        waiting.delete(enter);
        reject(signal?.reason);
      };
      waiting.add(enter);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  function give(): void {
    const [next] = waiting;
    if (next === undefined) {
      free += 1;
      return;
    }
    waiting.delete(next);
    next();
  }

  return {
    async use(work, signal) {
      signal?.throwIfAborted();
      await take(signal);
      try {
        return await work();
      } finally {
        give();
      }
    },
  };
}
