import { describe, expect, it } from 'vitest';
import { createFixedClock } from './fixed-clock.ts';

describe('createFixedClock', () => {
  it('stands still until somebody sleeps', async () => {
    const clock = createFixedClock({ start: '2026-02-01T00:00:00.000Z' });

    expect([clock.now(), clock.now()]).toEqual(['2026-02-01T00:00:00.000Z', '2026-02-01T00:00:00.000Z']);
    await clock.sleep(1_500);
    expect(clock.now()).toBe('2026-02-01T00:00:01.500Z');
    expect(clock.sleeps).toEqual([1_500]);
  });

  it('lets a long sleep wait for its time', async () => {
    const clock = createFixedClock();
    const woken: string[] = [];
    const sleeps = [300_000, 200_000].map((ms) => clock.sleep(ms).then(() => woken.push(`${ms}`)));

    clock.advance(199_999);
    await Promise.resolve();
    expect(woken).toEqual([]);
    clock.advance(100_001);
    await Promise.all(sleeps);
    expect(woken).toEqual(['200000', '300000']);
  });

  it('wakes an aborted sleeper with the reason', async () => {
    const clock = createFixedClock();
    const stop = new AbortController();
    const reason = new Error('stop');
    const sleep = clock.sleep(300_000, stop.signal);

    stop.abort(reason);

    await expect(sleep).rejects.toBe(reason);
    await expect(clock.sleep(1, stop.signal)).rejects.toBe(reason);
  });
});
