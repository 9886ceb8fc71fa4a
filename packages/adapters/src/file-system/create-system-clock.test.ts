import { describe, expect, it } from 'vitest';
import { createSystemClock } from './create-system-clock.ts';

describe('the system clock', () => {
  it('tells the time as ISO 8601 in UTC with milliseconds', () => {
    const before = Date.now();
    const now = createSystemClock().now();
    expect(now).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(Date.parse(now)).toBeGreaterThanOrEqual(before);
  });

  it('wakes with the reason when the signal is aborted during a sleep or before it', async () => {
    const stop = new AbortController();
    const sleeping = createSystemClock().sleep(3_600_000, stop.signal);
    stop.abort(new Error('stopped'));
    await expect(sleeping).rejects.toThrow('stopped');
    await expect(createSystemClock().sleep(3_600_000, stop.signal)).rejects.toThrow('stopped');
  });

  it('leaves no listener on the signal after a sleep', async () => {
    const stop = new AbortController();
    await createSystemClock().sleep(0, stop.signal);
    expect(() => stop.abort()).not.toThrow();
  });
});
