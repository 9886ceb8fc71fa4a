import type { Clock } from '@osrel/core';

export interface Watchdog {
  /** There was a sign of life. */
  readonly touch: () => void;
  /** Nothing can be expected for a while; `touch` ends that. */
  readonly hold: () => void;
  /** Ends the watch; `expired` stays open for ever then. */
  readonly stop: () => void;
  /** Resolves when there was no sign of life for the whole limit. Never rejects. */
  readonly expired: Promise<void>;
}

const TICKS = 10;

/**
 * Waits for `limitMs` without a sign of life, to a tenth. Counts in ticks and does not look at the time of day: a clock
 * that is set, or a machine that slept, is not silence.
 */
export function createWatchdog(clock: Clock, limitMs: number): Watchdog {
  const ended = new AbortController();
  const expired = Promise.withResolvers<void>();
  let silentTicks = 0;
  let isHeld = false;

  async function watch(): Promise<void> {
    while (silentTicks < TICKS) {
      await clock.sleep(limitMs / TICKS, ended.signal);
      if (!isHeld) silentTicks += 1;
    }
    expired.resolve();
  }

  watch().catch((error: unknown) => {
    // Being stopped is no news; a clock that fails must not look like a rig that lives.
    if (!ended.signal.aborted) expired.reject(error);
  });
  return {
    touch: () => {
      silentTicks = 0;
      isHeld = false;
    },
    hold: () => {
      isHeld = true;
    },
    stop: () => ended.abort(),
    expired: expired.promise,
  };
}
