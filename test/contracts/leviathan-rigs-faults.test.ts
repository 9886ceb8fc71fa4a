import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { HttpFault } from '../servers/leviathan/http-fault.ts';
import { createWatcher, givingUpSoon, holdRig, setRigStage, wishFor } from './leviathan-rig-stage.ts';

const POLL_MS = 7_000;

describe('asking for a rig', () => {
  it.each<[string, HttpFault]>([
    ['an error', { kind: 'answer', status: 500, body: 'broken' }],
    ['a page of a proxy', { kind: 'answer', status: 200, body: '<!DOCTYPE html><p>Log in' }],
    ['a cut connection', { kind: 'cut' }],
    ['silence', { kind: 'silence' }],
  ])('passes over one that answers a look with %s, and takes it when it is well', async (_, fault) => {
    const stage = await setRigStage();
    const rig = await stage.rig();
    rig.fail({ path: /state/, fault });
    const watcher = createWatcher();
    const taking = stage.pool({ requests: givingUpSoon('state') }).take(wishFor([rig]), watcher);
    expect(await watcher.hears('waiting')).toContain('1 not answering');

    const taken = taking.then((held) => held.release());
    // On a slow machine the second look may be given up too.
    let isOver = false;
    void taken.then(() => {
      isOver = true;
    });
    while (!isOver) {
      stage.clock.advance(POLL_MS);
      await new Promise((resolve) => setImmediate(resolve));
    }

    await taken;
  });

  it('keeps the lease of a rig whose yes was lost, and waits until it has freed itself', async () => {
    const stage = await setRigStage();
    const rig = await stage.rig();
    rig.fail({ path: /start/, fault: { kind: 'cut-after-doing' } });
    const watcher = createWatcher();
    const taking = stage.pool().take(wishFor([rig]), watcher);
    await watcher.hears('waiting');

    const [name = ''] = await readdir(stage.folder);
    expect(JSON.parse(await readFile(join(stage.folder, name), 'utf8'))).toMatchObject({ state: 'asking' });
    expect(rig.teardowns).toBe(0);
    rig.expireHeartbeat();
    stage.clock.advance(POLL_MS);

    const held = await taking;
    expect(rig.starts).toBe(2);
    await held.release();
  });

  it('forgets the lease where the rig has surely not heard the question', async () => {
    const stage = await setRigStage();
    const rig = await stage.rig();
    rig.fail({ path: /start/, fault: { kind: 'cut' } });
    const watcher = createWatcher();
    const taking = stage.pool().take(wishFor([rig]), watcher);
    await watcher.hears('waiting');
    expect(await readdir(stage.folder)).toEqual([]);

    stage.clock.advance(POLL_MS);
    await (await taking).release();
  });

  it('gives a rig back that says yes after the abort', async () => {
    const stage = await setRigStage();
    const rig = await stage.rig();
    const answer = Promise.withResolvers<void>();
    rig.fail({ path: /start/, fault: { kind: 'wait', until: answer.promise } });
    const watcher = createWatcher();
    const taking = stage.pool().take(wishFor([rig]), watcher);
    await rig.until(() => rig.requests.some(({ path }) => path === '/start'));

    watcher.stop.abort(new Error('cancelled'));
    answer.resolve();

    await expect(taking).rejects.toThrow('cancelled');
    expect([rig.starts, rig.teardowns, rig.state()]).toEqual([1, 1, 'IDLE']);
    expect(await readdir(stage.folder)).toEqual([]);
  });

  it('gives a rig back when the abort comes right behind the yes', async () => {
    const stage = await setRigStage();
    const rig = await stage.rig();
    const watcher = createWatcher();
    const taking = stage.pool().take(wishFor([rig]), watcher);
    void rig.until(() => rig.starts === 1).then(() => watcher.stop.abort(new Error('cancelled')));

    await expect(taking).rejects.toThrow('cancelled');
    expect([rig.starts, rig.teardowns, rig.state()]).toEqual([1, 1, 'IDLE']);
  });

  it('does not wait for ever for a yes after the abort', async () => {
    const stage = await setRigStage();
    const rig = await stage.rig();
    rig.fail({ path: /start/, fault: { kind: 'silence' } });
    const watcher = createWatcher();
    const taking = stage.pool().take(wishFor([rig]), watcher);
    await rig.until(() => rig.requests.some(({ path }) => path === '/start'));

    watcher.stop.abort(new Error('cancelled'));

    await expect(taking).rejects.toThrow('cancelled');
    expect(rig.teardowns).toBe(0);
  });

  it('gives the rig to nobody when its lease cannot be written', async () => {
    const stage = await setRigStage();
    const rig = await stage.rig();
    const leases = { ...stage.leases, open: () => Promise.reject(new Error('disk full')) };
    await expect(stage.pool({ leases }).take(wishFor([rig]), createWatcher())).rejects.toThrow('disk full');
    expect(rig.starts).toBe(0);
  });
});

describe('giving a rig back', () => {
  it.each<[string, HttpFault]>([
    ['silence', { kind: 'silence' }],
    ['an error', { kind: 'answer', status: 500, body: 'no power switch' }],
    ['a cut connection', { kind: 'cut' }],
  ])('is said to have failed where the rig answers with %s', async (_, fault) => {
    const stage = await setRigStage();
    const rig = await stage.rig();
    const watcher = createWatcher();
    const held = await holdRig(stage, rig, { watcher, requests: givingUpSoon('teardown') });
    rig.fail({ path: /teardown/, fault });

    await held.release();

    expect(await watcher.hears('could not be freed')).toContain('it frees itself within five minutes');
    expect(await readdir(stage.folder)).toEqual([]);
  });

  it('does nothing where five minutes have passed since the rig was heard of', async () => {
    const stage = await setRigStage();
    const rig = await stage.rig();
    const watcher = createWatcher();
    const held = await holdRig(stage, rig, { watcher });
    rig.fail({ path: /heartbeat/, times: Infinity, fault: { kind: 'cut' } });
    stage.clock.advance(300_000);
    rig.expireHeartbeat();
    rig.occupy();

    await held.release();

    expect(await watcher.hears('has freed itself')).toContain(rig.url);
    expect([rig.teardowns, rig.state()]).toEqual([0, 'BUSY']);
  });
});

describe('the serial log', () => {
  it('is written as it comes', async () => {
    const stage = await setRigStage();
    const serial = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 256));
    const rig = await stage.rig({ serial });
    const held = await holdRig(stage, rig);
    const path = join(stage.folder, 'serial.log');

    expect(await held.fetchSerial(path)).toBe(true);
    expect((await readFile(path)).equals(serial)).toBe(true);
    await held.release();
  });

  it.each<[string, HttpFault | null]>([
    ['has none', null],
    ['cuts the connection', { kind: 'cut' }],
    ['answers with an error', { kind: 'answer', status: 500, body: 'no' }],
  ])('is missing where the rig %s, and that is no failure', async (_, fault) => {
    const stage = await setRigStage();
    const rig = await stage.rig({ serial: fault === null ? null : 'text' });
    const held = await holdRig(stage, rig);
    if (fault !== null) rig.fail({ path: /serial/, fault });

    expect(await held.fetchSerial(join(stage.folder, 'serial.log'))).toBe(false);
    await held.release();
  });

  it('is kept as far as it came', async () => {
    const stage = await setRigStage();
    const rig = await stage.rig({ serial: 'Kernel panic - not syncing' });
    const watcher = createWatcher();
    const held = await holdRig(stage, rig, { watcher });
    rig.fail({ path: /serial/, fault: { kind: 'truncate', bytes: 12 } });
    const path = join(stage.folder, 'serial.log');

    expect(await held.fetchSerial(path)).toBe(true);
    expect(await readFile(path, 'utf8')).toBe('Kernel panic');
    await watcher.hears('is cut');
    await held.release();
  });
});
