/** One of few transfers under way, with the buffer it sends from. */
export interface Slot {
  readonly buffer: Buffer;
  release(): void;
}

export interface SlotPool {
  /** Waits for a slot whose buffer holds at least `bytes`; first come, first served. */
  acquire(bytes: number, signal: AbortSignal): Promise<Slot>;
}

/**
 * Bounds transfers and memory of a store over all files: `count` buffers, made when first needed and used again.
 * Memory of a buffer that was never filled is not taken from the system.
 */
export function createSlotPool(count: number, bufferBytes: number): SlotPool {
  const idle: Buffer[] = [];
  const waiting: (() => void)[] = [];
  let taken = 0;

  const take = (bytes: number): Slot => {
    const found = idle.pop();
    const isEnough = found !== undefined && found.length >= bytes;
    // Shared, so that another thread can fill it (hash-threads.ts).
    const buffer = isEnough ? found : Buffer.from(new SharedArrayBuffer(Math.max(bytes, bufferBytes)));
    let isHeld = true;
    const release = (): void => {
      if (!isHeld) return;
      isHeld = false;
      idle.push(buffer);
      const next = waiting.shift();
      if (next === undefined) taken -= 1;
      else next();
    };
    return { buffer, release };
  };
  return {
    acquire: async (bytes, signal) => {
      signal.throwIfAborted();
      if (taken < count) taken += 1;
      else await waitForTurn(waiting, signal);
      return take(bytes);
    },
  };
}

/** Resolves when a slot was handed over. */
function waitForTurn(waiting: (() => void)[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const wake = (): void => {
      signal.removeEventListener('abort', leave);
      resolve();
    };
    const leave = (): void => {
      waiting.splice(waiting.indexOf(wake), 1);
      reject(signal.reason);
    };
    waiting.push(wake);
    signal.addEventListener('abort', leave, { once: true });
  });
}
