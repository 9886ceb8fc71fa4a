import type { Clock } from '@osrel/core';

/** The machine's clock. */
export function createSystemClock(): Clock {
  return {
    now: () => new Date().toISOString(),
    sleep: (delayMs, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(signal.reason);
        const wake = () => {
          signal?.removeEventListener('abort', stop);
          resolve();
        };
        const timer = setTimeout(wake, delayMs);
        const stop = () => {
          clearTimeout(timer);
          reject(signal?.reason);
        };
        signal?.addEventListener('abort', stop, { once: true });
      }),
  };
}
