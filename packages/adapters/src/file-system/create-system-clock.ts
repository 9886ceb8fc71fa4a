import type { Clock } from '@osrel/core';

/** The machine's clock. */
export function createSystemClock(): Clock {
  // Events come in bursts: most of them in the same millisecond as the one before.
  let latestMs = Number.NaN;
  let latest = '';
  return {
    now: () => {
      const nowMs = Date.now();
      if (nowMs !== latestMs) latest = new Date(nowMs).toISOString();
      latestMs = nowMs;
      return latest;
    },
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
