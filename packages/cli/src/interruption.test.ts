import { describe, expect, it } from 'vitest';
import { createInterruption } from './interruption.ts';

describe('an interruption', () => {
  it('rejects unguarded work at the first signal', async () => {
    const interruption = createInterruption();
    const work = interruption.race(new Promise<number>(() => undefined));
    expect(interruption.receive('SIGTERM')).toBe('stopping');
    await expect(work).rejects.toMatchObject({ code: 'run.interrupted', message: 'terminated by SIGTERM' });
    expect(interruption.exitCode()).toBe(143);
  });

  it('asks guarded work to stop, then to end at once, then gives up', async () => {
    const interruption = createInterruption();
    const work = Promise.withResolvers<string>();
    const guarded = interruption.guard(() => work.promise);
    expect(interruption.receive('SIGTERM')).toBe('stopping');
    expect([interruption.signal.aborted, interruption.endNow.aborted]).toEqual([true, false]);
    expect(interruption.receive('SIGINT')).toBe('ending');
    expect(interruption.endNow.aborted).toBe(true);
    expect(interruption.endNow.reason).toBe(interruption.signal.reason);
    expect(interruption.receive('SIGINT')).toBe('end-now');
    // The first signal decides what the process answers.
    expect(interruption.exitCode()).toBe(143);
    work.resolve('ended');
    await expect(guarded).resolves.toBe('ended');
  });

  it('ends at the second signal when nothing is guarded', () => {
    const interruption = createInterruption();
    interruption.receive('SIGINT');
    expect(interruption.receive('SIGINT')).toBe('end-now');
    expect(interruption.endNow.aborted).toBe(false);
  });

  it('ends at the second signal when the guarded work is over by then', async () => {
    const interruption = createInterruption();
    const work = Promise.withResolvers<string>();
    const guarded = interruption.race(interruption.guard(() => work.promise));
    expect(interruption.receive('SIGINT')).toBe('stopping');
    expect(interruption.signal.aborted).toBe(true);
    work.resolve('stopped by itself');
    await expect(guarded).resolves.toBe('stopped by itself');
    expect(interruption.receive('SIGINT')).toBe('end-now');
    expect(interruption.exitCode()).toBe(130);
  });

  it('guards no longer once the work has failed', async () => {
    const interruption = createInterruption();
    await expect(interruption.guard(() => Promise.reject(new Error('x')))).rejects.toThrow('x');
    const work = interruption.race(new Promise<number>(() => undefined));
    interruption.receive('SIGINT');
    await expect(work).rejects.toMatchObject({ kind: 'cancelled' });
  });
});
