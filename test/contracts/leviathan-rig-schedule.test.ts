import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { HeldRig } from '../../packages/adapters/src/leviathan/leviathan-parts.ts';
import { setRigStage, takeAll, wishFor } from './leviathan-rig-stage.ts';

describe('twelve suites on four rigs', () => {
  it('never puts two on one rig, leaves no rig idle, and keeps the order', async () => {
    const stage = await setRigStage();
    const rigs = await stage.rigs(4);
    const pool = stage.pool();
    const order: number[] = [];
    const takings = takeAll(
      pool,
      Array.from({ length: 12 }, () => wishFor(rigs)),
    );
    const running = new Map<string, { suite: number; held: HeldRig }>();
    const arrivals = takings.map(async ({ taking }, suite) => {
      const held = await taking;
      expect(running.has(held.url)).toBe(false);
      running.set(held.url, { suite, held });
      order.push(suite);
    });

    for (let served = 0; served < 12; served += 1) {
      // The clock stands still: nothing but the end of a suite moves things on.
      await Promise.all(arrivals.slice(0, Math.min(12, served + 4)));
      expect(running.size).toBe(Math.min(4, 12 - served));
      expect(rigs.filter((rig) => rig.state() === 'BUSY')).toHaveLength(running.size);
      const [url = '', ending] = [...running][served % running.size] ?? [];
      running.delete(url);
      await ending?.held.release();
    }

    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(rigs.map((rig) => rig.starts).reduce((sum, count) => sum + count)).toBe(12);
    expect(rigs.every((rig) => rig.state() === 'IDLE')).toBe(true);
    expect(await readdir(stage.folder)).toEqual([]);
  });

  it('frees all of them on a cancel, held and asked for, and tears down nothing else', async () => {
    const stage = await setRigStage();
    const rigs = await stage.rigs(13);
    const [foreign, ...own] = rigs;
    foreign?.occupy();
    const takings = takeAll(
      stage.pool(),
      Array.from({ length: 14 }, () => wishFor(rigs)),
    );
    const held = await Promise.all(takings.slice(0, 12).map(({ taking }) => taking));
    const events: string[] = [];

    for (const { watcher } of takings) watcher.stop.abort(new Error('cancelled'));
    await Promise.all([
      ...held.map(async (rig) => {
        await rig.release();
        events.push(own.find(({ url }) => url === rig.url)?.state() ?? 'foreign');
      }),
      ...takings.slice(12).map(({ taking }) => expect(taking).rejects.toThrow('cancelled')),
    ]);

    expect(events).toEqual(Array.from({ length: 12 }, () => 'IDLE'));
    expect(own.every((rig) => rig.teardowns === 1)).toBe(true);
    expect(foreign?.teardowns).toBe(0);
    expect(foreign?.state()).toBe('BUSY');
    expect(await readdir(stage.folder)).toEqual([]);
  });

  it('never lets two osrels have one rig', async () => {
    const stage = await setRigStage();
    const rigs = await stage.rigs(2);
    const [one, other] = [stage.pool(), stage.pool()];
    const takings = [...takeAll(one, [wishFor(rigs), wishFor(rigs)]), ...takeAll(other, [wishFor(rigs)])];

    const [first, second] = await Promise.all([
      Promise.race(takings.map(({ taking }) => taking)),
      Promise.any(takings.map(async ({ taking }, index) => ({ index, held: await taking }))),
    ]);

    expect(first.url).toBe(second.held.url);
    expect(rigs.every((rig) => rig.starts <= 1)).toBe(true);
    for (const { watcher } of takings) watcher.stop.abort(new Error('stop'));
    const settled = await Promise.allSettled(takings.map(({ taking }) => taking));
    await Promise.all(
      settled.map((each) => (each.status === 'fulfilled' ? each.value.release() : undefined)),
    );
    expect(rigs.every((rig) => rig.state() === 'IDLE')).toBe(true);
  });
});
