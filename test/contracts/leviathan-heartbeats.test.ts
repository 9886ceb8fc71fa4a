import { OsrelError } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import type { LeaseState } from '../../packages/adapters/src/leviathan/lease-file.ts';
import type { HttpFault } from '../servers/leviathan/http-fault.ts';
import type { LeviathanWorker } from '../servers/leviathan/start-leviathan-worker.ts';
import {
  createWatcher,
  givingUpSoon,
  holdRig,
  type RigStage,
  refusalOf,
  setRigStage,
  wishFor,
} from './leviathan-rig-stage.ts';

const BEAT_MS = 20_000;
/** Sends heartbeats one after the other: each is answered, or has failed, before the clock moves on. */
async function beat(stage: RigStage, rig: LeviathanWorker, times: number) {
  for (let sent = 0; sent < times; sent += 1) {
    const asked = () => rig.requests.filter(({ path }) => path === '/heartbeat').length;
    const before = asked();
    // Who holds a rig sleeps until the next heartbeat is due, and sleeps again while it is sent.
    await until(() => stage.clock.waiting() > 0);
    stage.clock.advance(BEAT_MS);
    await rig.until(() => asked() > before);
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

async function untilLeaseSays(stage: RigStage, state: LeaseState): Promise<void> {
  for (;;) {
    const [lease] = await stage.leases.list();
    if (lease?.record?.state === state) return;
  }
}

describe('heartbeats', () => {
  it('keep a rig until it is released, and not longer', async () => {
    const stage = await setRigStage();
    const rig = await stage.rig();
    const held = await holdRig(stage, rig);

    await beat(stage, rig, 3);
    await rig.until(() => rig.heartbeats === 3);
    await held.release();

    expect(stage.clock.waiting()).toBe(0);
    expect(held.lost.aborted).toBe(false);
  });

  it('warn after three failures in a row, and say when the rig answers again', async () => {
    const stage = await setRigStage();
    const rig = await stage.rig();
    const watcher = createWatcher();
    const held = await holdRig(stage, rig, { watcher });
    rig.fail({ path: /heartbeat/, times: 3, fault: { kind: 'cut' } });

    await beat(stage, rig, 2);
    expect(watcher.lines).toEqual([]);
    await beat(stage, rig, 1);
    expect(await watcher.hears('3 heartbeats in a row')).toContain(`rig ${rig.url} does not answer`);
    await beat(stage, rig, 1);
    await watcher.hears('answers again');

    expect(held.lost.aborted).toBe(false);
    await held.release();
  });

  it.each<[string, HttpFault]>([
    ['is cut', { kind: 'cut' }],
    ['is refused', { kind: 'answer', status: 502, body: '<html>Bad gateway</html>' }],
    ['is never answered', { kind: 'silence' }],
    ['is half answered', { kind: 'truncate', bytes: 1 }],
  ])('give a rig up for lost at the tenth that %s', async (_, fault) => {
    const stage = await setRigStage();
    const rig = await stage.rig();
    const watcher = createWatcher();
    const held = await holdRig(stage, rig, { watcher, requests: givingUpSoon('heartbeat') });
    rig.fail({ path: /heartbeat/, times: Infinity, fault });

    await beat(stage, rig, 9);
    expect(held.lost.aborted).toBe(false);
    await beat(stage, rig, 1);
    await until(() => held.lost.aborted);

    const reason: unknown = held.lost.reason;
    expect(reason).toBeInstanceOf(OsrelError);
    expect(reason).toMatchObject({ code: 'lab.rig-lost', exitCode: 6 });
    await held.release();
    // 200 seconds without an answer: it is still ours, and does not have to wait for its own five minutes.
    expect(rig.state()).toBe('IDLE');
  });

  it('give a rig up at once that was started again, and leave it to whoever has it by now', async () => {
    const stage = await setRigStage();
    const rig = await stage.rig();
    const watcher = createWatcher();
    const held = await holdRig(stage, rig, { watcher });
    const body = "TypeError: Cannot read properties of undefined (reading 'refresh')";
    rig.fail({ path: /heartbeat/, fault: { kind: 'answer', status: 500, body } });

    await beat(stage, rig, 1);
    await until(() => held.lost.aborted);
    await held.release();

    expect(String(held.lost.reason)).toContain('was started again');
    expect(rig.teardowns).toBe(0);
  });

  it('show that a rig was given back by its suite; then it is not torn down any more', async () => {
    const stage = await setRigStage();
    const rig = await stage.rig();
    const held = await holdRig(stage, rig);
    // The suite ends with a teardown of its own; somebody else is quicker than osrel.
    rig.free();
    await beat(stage, rig, 1);
    await untilLeaseSays(stage, 'leaving');
    rig.occupy();

    await held.release();

    expect(rig.teardowns).toBe(1);
    expect(rig.state()).toBe('BUSY');
  });

  it('tell the lease when the rig was heard of last', async () => {
    const stage = await setRigStage();
    const rig = await stage.rig();
    const held = await holdRig(stage, rig);
    const [before] = await stage.leases.list();

    await beat(stage, rig, 1);
    await rig.until(() => rig.heartbeats === 1 && rig.requests.at(-1)?.path === '/state');

    const [after] = await stage.leases.list();
    expect((after?.heardAtMs ?? 0) - (before?.heardAtMs ?? 0)).toBeCloseTo(BEAT_MS, -2);
    await held.release();
  });
});

describe('quarantine', () => {
  it('leaves a rig alone that was lost twice in one run, and says so', async () => {
    const stage = await setRigStage();
    const [rig, other] = [await stage.rig(), await stage.rig()];
    other.occupy();
    const pool = stage.pool();
    const body = "TypeError: Cannot read properties of undefined (reading 'refresh')";
    const watcher = createWatcher();
    for (const _ of [1, 2]) {
      const held = await pool.take(wishFor([rig, other]), watcher);
      rig.fail({ path: /heartbeat/, fault: { kind: 'answer', status: 500, body } });
      await beat(stage, rig, 1);
      await until(() => held.lost.aborted);
      await held.release();
      rig.free();
    }
    expect(await watcher.hears('left alone')).toContain('was lost 2 times in this run');

    const waiting = createWatcher();
    const refusal = refusalOf(pool.take(wishFor([rig, other], { waitMs: 60_000 }), waiting));
    expect(await waiting.hears('waiting')).toContain(`1 quarantined (${rig.url})`);
    stage.clock.advance(60_000);

    expect((await refusal).message).toContain(`1 quarantined (${rig.url}), 1 busy (${other.url})`);
    const alone = await refusalOf(pool.take(wishFor([rig]), createWatcher()));
    expect([alone.code, alone.message]).toEqual([
      'lab.no-free-rig',
      `no rig for raspberrypi4-64 is left in this run: 1 rig: 1 quarantined (${rig.url})`,
    ]);
  });
});
