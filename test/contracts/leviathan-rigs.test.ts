import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LeviathanWorker } from '../servers/leviathan/start-leviathan-worker.ts';
import { createWatcher, refusalOf, setRigStage, takeAll, wishFor } from './leviathan-rig-stage.ts';

const pathsOf = (rig: LeviathanWorker) => rig.requests.map(({ method, path }) => `${method} ${path}`);
const POLL_MS = 7_000;

describe('rigs of known addresses', () => {
  it('takes a free rig: looks first, asks once, and frees it afterwards', async () => {
    const stage = await setRigStage();
    const rig = await stage.rig();
    const watcher = createWatcher();

    const held = await stage.pool().take(wishFor([rig]), watcher);

    expect(held.rig).toEqual({ id: rig.url, kind: 'testbot', name: null });
    expect(held.url).toBe(rig.url);
    expect(pathsOf(rig)).toEqual(['GET /state', 'GET /start']);
    expect(rig.state()).toBe('BUSY');
    await held.release();
    await held.release();
    expect(pathsOf(rig).slice(2)).toEqual(['POST /teardown']);
    expect(rig.state()).toBe('IDLE');
    expect(await readdir(stage.folder)).toEqual([]);
    expect(watcher.lines).toEqual([]);
  });

  it('says in a lease who has the rig, and what else belongs to it', async () => {
    const stage = await setRigStage();
    const rig = await stage.rig();
    const core = { url: 'http://127.0.0.1:2001', project: 'osrel-a1-os' };

    const held = await stage.pool().take(wishFor([rig], { core }), createWatcher());

    const [name = ''] = await readdir(stage.folder);
    expect(JSON.parse(await readFile(join(stage.folder, name), 'utf8'))).toMatchObject({
      schemaVersion: 1,
      state: 'held',
      rig: { id: rig.url },
      url: rig.url,
      core,
      purpose: 'os on raspberrypi4-64',
      owner: { pid: process.pid },
    });
    await held.release();
  });

  it('never asks a rig that is busy, and never tears down what it does not hold', async () => {
    const stage = await setRigStage();
    const [busy, free] = [await stage.rig(), await stage.rig()];
    busy.occupy();

    const held = await stage.pool().take(wishFor([busy, free]), createWatcher());

    expect(held.url).toBe(free.url);
    await held.release();
    expect(pathsOf(busy)).toEqual(['GET /state']);
    expect(busy.state()).toBe('BUSY');
  });

  it('looks again at a rig that it had before', async () => {
    const stage = await setRigStage();
    const rig = await stage.rig();
    const pool = stage.pool();
    await (await pool.take(wishFor([rig]), createWatcher())).release();
    rig.occupy();
    const watcher = createWatcher();

    const taking = pool.take(wishFor([rig]), watcher);

    await watcher.hears('1 busy');
    watcher.stop.abort(new Error('stop'));
    await expect(taking).rejects.toThrow('stop');
    expect(pathsOf(rig).filter((path) => path === 'GET /start')).toHaveLength(1);
  });

  it('goes to the next rig when another client was quicker', async () => {
    const stage = await setRigStage();
    const [first, second] = [await stage.rig(), await stage.rig()];
    first.fail({ method: 'GET', path: /^\/start/, fault: { kind: 'answer', status: 200, body: 'BUSY' } });

    const held = await stage.pool().take(wishFor([first, second]), createWatcher());

    expect(held.url).toBe(second.url);
    expect((await stage.leases.list()).map(({ record }) => record?.url)).toEqual([second.url]);
    await held.release();
  });

  it('looks again while all are busy, says so, and takes the first that gets free', async () => {
    const stage = await setRigStage();
    const rigs = await stage.rigs(2);
    for (const rig of rigs) rig.occupy();
    const watcher = createWatcher();
    const taking = stage.pool().take(wishFor(rigs), watcher);

    expect(await watcher.hears('waiting')).toContain('2 rigs: 2 busy');
    expect(watcher.progress.at(-1)?.activity).toBe('waiting');
    rigs[1]?.free();
    stage.clock.advance(POLL_MS);

    const held = await taking;
    expect(held.url).toBe(rigs[1]?.url);
    expect(rigs.map(({ starts }) => starts)).toEqual([1, 2]);
    await held.release();
  });

  it('speaks again every few minutes', async () => {
    const stage = await setRigStage();
    const rig = await stage.rig();
    rig.occupy();
    const watcher = createWatcher();
    const taking = stage.pool().take(wishFor([rig]), watcher);
    await watcher.hears('waiting');

    stage.clock.advance(180_000);

    await watcher.until(() => watcher.lines.filter((line) => line.startsWith('waiting')).length === 2);
    watcher.stop.abort(new Error('stop'));
    await expect(taking).rejects.toThrow('stop');
  });

  it('gives a rig that one suite frees to the next at once, in order of asking', async () => {
    const stage = await setRigStage();
    const rig = await stage.rig();
    const pool = stage.pool();
    const [first, second, third] = takeAll(pool, [wishFor([rig]), wishFor([rig]), wishFor([rig])]);
    const order: string[] = [];
    void second?.taking.then(() => order.push('second'));
    void third?.taking.then(() => order.push('third'));
    const held = await first?.taking;
    expect(await third?.watcher.hears('waiting')).toContain('1 suite asks before it');

    await held?.release();
    const next = await second?.taking;
    await next?.release();
    const last = await third?.taking;

    expect(order).toEqual(['second', 'third']);
    // Nobody looked in between: the clock stands still.
    expect(rig.starts).toBe(3);
    await last?.release();
    expect(rig.teardowns).toBe(3);
  });

  it('does not hold up a wish whose rigs are others', async () => {
    const stage = await setRigStage();
    const [one, other] = [await stage.rig(), await stage.rig()];
    one.occupy();
    const pool = stage.pool();
    const waiting = createWatcher();
    const blocked = pool.take(wishFor([one]), waiting);
    await waiting.hears('waiting');

    const held = await pool.take(wishFor([other], { kind: 'qemu' }), createWatcher());

    expect(held.rig.kind).toBe('qemu');
    await held.release();
    waiting.stop.abort(new Error('stop'));
    await expect(blocked).rejects.toThrow('stop');
  });

  it('keeps the limit of a kind, and lets other kinds pass', async () => {
    const stage = await setRigStage();
    const rigs = await stage.rigs(3);
    const pool = stage.pool({ limits: { testbot: null, qemu: 1, local: null } });
    const [first, second, bot] = takeAll(pool, [
      wishFor(rigs, { kind: 'qemu' }),
      wishFor(rigs, { kind: 'qemu' }),
      wishFor(rigs),
    ]);

    const [held, other] = await Promise.all([first?.taking, bot?.taking]);
    expect(await second?.watcher.hears('waiting')).toContain('1 at once is the limit of qemu');
    await held?.release();
    const next = await second?.taking;

    expect(next?.rig.kind).toBe('qemu');
    await Promise.all([next?.release(), other?.release()]);
  });

  it('takes a rig that failed this suite only when there is no other', async () => {
    const stage = await setRigStage();
    const [failed, other] = [await stage.rig(), await stage.rig()];
    other.occupy();
    const pool = stage.pool();
    const watcher = createWatcher();
    const taking = pool.take(wishFor([failed, other], { avoid: [failed.url] }), watcher);
    expect(await watcher.hears('waiting')).toContain('left out, having failed before');
    other.free();
    stage.clock.advance(POLL_MS);
    const held = await taking;
    expect(held.url).toBe(other.url);
    await held.release();

    const alone = await pool.take(wishFor([failed], { avoid: [failed.url] }), createWatcher());

    expect(alone.url).toBe(failed.url);
    await alone.release();
  });

  it('refuses at the bound, with what became of each rig (W34)', async () => {
    const stage = await setRigStage();
    const [busy, dead] = [await stage.rig(), await stage.rig()];
    busy.occupy();
    await dead.kill();
    const watcher = createWatcher();
    const taking = stage.pool().take(wishFor([busy, dead], { waitMs: 600_000 }), watcher);
    const refusal = refusalOf(taking);
    await watcher.hears('waiting');

    stage.clock.advance(600_000);

    const error = await refusal;
    expect([error.code, error.exitCode, error.retryable]).toEqual(['lab.no-free-rig', 6, false]);
    expect(error.message).toContain(
      `no rig for raspberrypi4-64 was free within 10 min: 2 rigs: 1 busy (${busy.url})`,
    );
    expect(error.message).toContain(`1 not answering (${dead.url} does not answer`);
  });

  it('tries once where no waiting is wanted', async () => {
    const stage = await setRigStage();
    const [free, busy] = [await stage.rig(), await stage.rig()];
    busy.occupy();
    const pool = stage.pool();

    const held = await pool.take(wishFor([free], { waitMs: 0 }), createWatcher());
    const refusal = await refusalOf(pool.take(wishFor([busy], { waitMs: 0 }), createWatcher()));

    expect(refusal.code).toBe('lab.no-free-rig');
    await held.release();
  });

  it('refuses without waiting where no address is given', async () => {
    const stage = await setRigStage();
    const error = await refusalOf(stage.pool().take(wishFor([]), createWatcher()));
    expect([error.code, error.exitCode]).toEqual(['lab.no-such-rig', 4]);
  });
});
