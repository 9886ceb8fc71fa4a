import type { Clock } from '@osrel/core';

/** A clock that moves only when somebody sleeps. */
export interface FixedClock extends Clock {
  /** Every sleep that was asked for, in milliseconds, in order. */
  readonly sleeps: readonly number[];
  /** How many long sleepers wait. */
  waiting(): number;
  /** Moves the time and wakes the long sleepers whose time has come, the earliest first. */
  advance(byMs: number): void;
}

export interface FixedClockOptions {
  /** ISO 8601. */
  readonly start?: string;
  /**
   * A sleep of at most this many milliseconds (a delay before a retry) moves the clock and resolves at once. A longer one
   * (a time limit, a heartbeat) waits for `advance` or its signal: else every time limit would strike at once.
   */
  readonly longestSleepMs?: number;
}

interface Sleeper {
  readonly wakesAt: number;
  readonly wake: () => void;
}

export function createFixedClock(options: FixedClockOptions = {}): FixedClock {
  const longestSleepMs = options.longestSleepMs ?? 60_000;
  const sleeps: number[] = [];
  let sleepers: readonly Sleeper[] = [];
  let now = Date.parse(options.start ?? '2026-01-05T08:00:00.000Z');

  function waitForAdvance(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        sleepers = sleepers.filter((other) => other !== sleeper);
        reject(signal?.reason);
      };
      const sleeper: Sleeper = {
        wakesAt: now + delayMs,
        wake: () => {
          signal?.removeEventListener('abort', leave);
          resolve();
        },
      };
      sleepers = [...sleepers, sleeper];
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  return {
    sleeps,
    now: () => new Date(now).toISOString(),
    async sleep(delayMs, signal) {
      signal?.throwIfAborted();
      sleeps.push(delayMs);
      if (delayMs > longestSleepMs) return waitForAdvance(delayMs, signal);
      now += delayMs;
    },
    waiting: () => sleepers.length,
    advance(byMs) {
      now += byMs;
      const due = sleepers.filter(({ wakesAt }) => wakesAt <= now).sort((a, b) => a.wakesAt - b.wakesAt);
      sleepers = sleepers.filter((sleeper) => !due.includes(sleeper));
      for (const { wake } of due) wake();
    },
  };
}
