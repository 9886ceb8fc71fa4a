import type { Clock } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { createWatchdog } from './watchdog.ts';

/** A clock whose every tick is given by the test. */
function handClock() {
  let wake: (() => void)[] = [];
  const clock: Clock = {
    now: () => '2026-01-05T08:00:00.000Z',
    sleep: () =>
      new Promise((resolve) => {
        wake = [...wake, resolve];
      }),
  };
  const tick = async (times: number): Promise<void> => {
    for (let count = 0; count < times; count += 1) {
      const woken = wake;
      wake = [];
      for (const each of woken) each();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { clock, tick };
}

function watched() {
  const { clock, tick } = handClock();
  const watchdog = createWatchdog(clock, 1_000);
  const seen = { isExpired: false };
  watchdog.expired.then(() => {
    seen.isExpired = true;
  });
  return { watchdog, tick, seen };
}

describe('createWatchdog', () => {
  it('expires after the whole limit without a sign of life', async () => {
    const { tick, seen } = watched();
    await tick(9);
    expect(seen.isExpired).toBe(false);
    await tick(1);
    expect(seen.isExpired).toBe(true);
  });

  it('begins anew with each sign', async () => {
    const { watchdog, tick, seen } = watched();
    for (let round = 0; round < 5; round += 1) {
      await tick(9);
      watchdog.touch();
    }
    expect(seen.isExpired).toBe(false);
  });

  it('waits while nothing can be expected', async () => {
    const { watchdog, tick, seen } = watched();
    watchdog.hold();
    await tick(50);
    expect(seen.isExpired).toBe(false);
    watchdog.touch();
    await tick(10);
    expect(seen.isExpired).toBe(true);
  });
});
