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

  it('leaves the first signal to guarded work and ends at the second', async () => {
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
