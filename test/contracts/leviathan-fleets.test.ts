import { describe, expect, it } from 'vitest';
import { addDevice, changeDevice } from '../servers/balena/seed-devices.ts';
import { insertRow } from '../servers/balena/write-rows.ts';
import { createWatcher, type FleetStage, refusalOf, SLUG, setFleetStage } from './leviathan-rig-stage.ts';

const POLL_MS = 7_000;

/** Takes a rig and gives it back; answers its name and uuid. */
async function takeOne(stage: FleetStage, change = {}) {
  const watcher = createWatcher();
  const held = await stage.pool().take(stage.wish(change), watcher);
  await held.release();
  return { id: held.rig.id, name: held.rig.name, lines: watcher.lines };
}

describe('rigs of fleets', () => {
  it('finds the device whose tag DUT names the device type, at its public address', async () => {
    const stage = await setFleetStage();
    const fleet = stage.fleet('lab/rigs');
    await stage.device({ fleet, tags: { DUT: 'generic-amd64' } });
    await stage.device({ fleet, tags: { dut: SLUG, model: SLUG } });
    await stage.device({ fleet: stage.fleet('other/rigs') });
    const right = await stage.device({ fleet, name: 'shelf 3', tags: { model: 'A', DUT: SLUG } });

    expect(await takeOne(stage)).toEqual({ id: right.uuid, name: 'shelf 3', lines: [] });
    expect(right.worker.starts).toBe(1);
  });

  it('wants a rig of its own for secure boot', async () => {
    const stage = await setFleetStage();
    const fleet = stage.fleet('lab/rigs');
    const open = await stage.device({ fleet });
    const locked = await stage.device({ fleet, tags: { DUT: `${SLUG}-sb` } });

    expect((await takeOne(stage, { secureBoot: true })).id).toBe(locked.uuid);
    expect((await takeOne(stage, { secureBoot: true, slug: `${SLUG}-sb` })).id).toBe(locked.uuid);
    expect((await takeOne(stage)).id).toBe(open.uuid);
  });

  it('looks in several fleets, names one that is missing, and serves from the others', async () => {
    const stage = await setFleetStage();
    stage.fleet('lab/rigs');
    const right = await stage.device({ fleet: stage.fleet('lab/more-rigs') });

    const taken = await takeOne(stage, { fleets: ['lab/rigs', 'lab/nowhere', 'lab/more-rigs'] });

    expect(taken.id).toBe(right.uuid);
    expect(taken.lines).toEqual([
      'no rigs are looked for in "lab/nowhere": no such fleet, or not shown to this API key',
    ]);
  });

  it('passes over what is offline or has no public address', async () => {
    const stage = await setFleetStage();
    const fleet = stage.fleet('lab/rigs');
    const offline = await stage.device({ fleet, isOnline: false });
    const closed = await stage.device({ fleet, isWebAccessible: false });
    const right = await stage.device({ fleet });

    expect((await takeOne(stage)).id).toBe(right.uuid);
    expect([offline.worker.requests, closed.worker.requests]).toEqual([[], []]);
  });

  it('finds a device on the second page, and asks for no third', async () => {
    const stage = await setFleetStage();
    const fleet = stage.fleet('lab/rigs');
    for (let index = 0; index < 250; index += 1) {
      const uuid = (0x1000 + index).toString(16).repeat(8);
      addDevice(stage.server.world, { fleet, uuid, isOnline: false, tags: { DUT: SLUG } });
    }
    const right = await stage.device({ fleet });

    expect((await takeOne(stage)).id).toBe(right.uuid);
    const pages = stage.server.requests.filter(({ path }) => path.startsWith('/v7/device?'));
    expect(pages.map(({ path }) => /\$skip=\d+/.exec(path)?.[0])).toEqual(['$skip=0', '$skip=200']);
  });

  it('looks again each time: a rig that comes online while it waits is taken', async () => {
    const stage = await setFleetStage();
    const fleet = stage.fleet('lab/rigs');
    const rig = await stage.device({ fleet, isOnline: false, name: 'shelf 1' });
    const watcher = createWatcher();
    const taking = stage.pool().take(stage.wish(), watcher);
    expect(await watcher.hears('waiting')).toContain(`1 rig: 1 offline (shelf 1 (${rig.uuid.slice(0, 7)}))`);

    changeDevice(stage.server.world, rig.id, { is_online: true });
    stage.clock.advance(POLL_MS);

    const held = await taking;
    expect(held.rig.id).toBe(rig.uuid);
    await held.release();
  });

  it('takes a device that gets the tag while it waits', async () => {
    const stage = await setFleetStage();
    const fleet = stage.fleet('lab/rigs');
    const busy = await stage.device({ fleet });
    busy.worker.occupy();
    const late = await stage.device({ fleet, tags: {} });
    const watcher = createWatcher();
    const taking = stage.pool().take(stage.wish(), watcher);
    await watcher.hears('waiting');

    insertRow(stage.server.world, 'device_tag', { device: late.id, tag_key: 'DUT', value: SLUG });
    stage.clock.advance(POLL_MS);

    const held = await taking;
    expect(held.rig.id).toBe(late.uuid);
    await held.release();
  });

  it('refuses at once where no device has the tag', async () => {
    const stage = await setFleetStage();
    await stage.device({ fleet: stage.fleet('lab/rigs'), tags: { DUT: 'generic-amd64' } });

    const error = await refusalOf(
      stage.pool().take(stage.wish({ fleets: ['lab/rigs', 'lab/nowhere'] }), createWatcher()),
    );

    expect([error.code, error.exitCode]).toEqual(['lab.no-such-rig', 4]);
    expect(error.message).toBe(
      `no device of fleets lab/rigs, lab/nowhere has the tag DUT=${SLUG}; no rigs are looked for in "lab/nowhere": no such fleet, or not shown to this API key`,
    );
    expect(error.hint).toContain(`set the tag "DUT" of a rig to "${SLUG}"`);
  });

  it('keeps a slug apart from the words of a query', async () => {
    const stage = await setFleetStage();
    const fleet = stage.fleet('lab/rigs');
    await stage.device({ fleet });
    const odd = await stage.device({ fleet, tags: { DUT: "o'dd) or (1 eq 1&$top=1" } });

    expect((await takeOne(stage, { slug: "o'dd) or (1 eq 1&$top=1" })).id).toBe(odd.uuid);
  });
});

describe('a balena API with faults', () => {
  it.each([401, 403])('ends the waiting when the key is refused with %i', async (status) => {
    const stage = await setFleetStage();
    await stage.device({ fleet: stage.fleet('lab/rigs') });
    stage.server.fail({ path: /device/, times: Infinity, fault: { kind: 'status', status } });

    const error = await refusalOf(stage.pool().take(stage.wish(), createWatcher()));

    expect(error.exitCode).toBe(9);
    expect(error.message).not.toContain(stage.server.token);
  });

  it('ends the waiting also of who asks a rig when the key is refused', async () => {
    const stage = await setFleetStage();
    const rig = await stage.device({ fleet: stage.fleet('lab/rigs') });
    const answer = Promise.withResolvers<void>();
    const until = answer.promise.then(() => rig.worker.occupy());
    rig.worker.fail({ path: /start/, fault: { kind: 'wait', until } });
    const refusal = refusalOf(stage.pool().take(stage.wish(), createWatcher()));
    await rig.worker.until(() => rig.worker.requests.some(({ path }) => path === '/start'));
    stage.server.fail({ path: /device/, times: Infinity, fault: { kind: 'status', status: 401 } });
    const refused = new Promise<void>((heard) => stage.server.onRequest(() => heard()));

    stage.clock.advance(POLL_MS);
    await refused;
    answer.resolve();

    expect((await refusal).exitCode).toBe(9);
    expect(rig.worker.teardowns).toBe(0);
  });

  it('says which variable is not set', async () => {
    const stage = await setFleetStage();
    const account = { ...stage.account, readKey: () => undefined };
    const error = await refusalOf(stage.pool().take(stage.wish({ account }), createWatcher()));
    expect([error.code, error.exitCode]).toEqual(['balena.key-missing', 9]);
    expect(error.message).toContain('BALENA_API_KEY');
  });

  it.each([
    ['an API that is busy', { kind: 'status', status: 503 }],
    ['a page of a proxy', { kind: 'html', status: 200 }],
    ['a cut connection', { kind: 'reset-before' }],
    ['half an answer', { kind: 'truncated' }],
  ] as const)('waits through %s', async (_, fault) => {
    const stage = await setFleetStage();
    const rig = await stage.device({ fleet: stage.fleet('lab/rigs') });
    // All five attempts of the first round.
    stage.server.fail({ path: /^\/v7\/device/, times: 5, fault });
    const watcher = createWatcher();
    const taking = stage.pool().take(stage.wish(), watcher);
    expect(await watcher.hears('waiting')).toContain('rigs cannot be listed at the moment');

    stage.clock.advance(POLL_MS);

    const held = await taking;
    expect(held.rig.id).toBe(rig.uuid);
    await held.release();
  });

  it('waits as long as the API asks for', async () => {
    const stage = await setFleetStage();
    await stage.device({ fleet: stage.fleet('lab/rigs') });
    const headers = { 'retry-after': '300' };
    stage.server.fail({ path: /^\/v7\/device/, fault: { kind: 'status', status: 429, headers } });
    const watcher = createWatcher();
    const taking = stage.pool().take(stage.wish(), watcher);
    await watcher.hears('too many requests');
    const asked = stage.server.requests.length;

    stage.clock.advance(299_000);
    await Promise.resolve();
    expect(stage.server.requests).toHaveLength(asked);
    stage.clock.advance(1_000);

    await (await taking).release();
  });

  it('fails with what the API said when it is down for the whole bound', async () => {
    const stage = await setFleetStage();
    stage.server.fail({ path: /^\/v7/, times: Infinity, fault: { kind: 'status', status: 502 } });
    const watcher = createWatcher();
    const refusal = refusalOf(stage.pool().take(stage.wish({ waitMs: 60_000 }), watcher));
    await watcher.hears('rigs cannot be listed');

    stage.clock.advance(60_000);

    const error = await refusal;
    expect([error.code, error.exitCode]).toEqual(['balena.unavailable', 5]);
  });

  it('goes on with the rigs it knows when the API goes down while it waits', async () => {
    const stage = await setFleetStage();
    const rig = await stage.device({ fleet: stage.fleet('lab/rigs') });
    rig.worker.occupy();
    const watcher = createWatcher();
    const taking = stage.pool().take(stage.wish(), watcher);
    await watcher.hears('waiting');
    stage.server.fail({ path: /^\/v7/, times: Infinity, fault: { kind: 'status', status: 502 } });

    rig.worker.free();
    stage.clock.advance(POLL_MS);

    const held = await taking;
    expect(held.rig.id).toBe(rig.uuid);
    await held.release();
  });

  it('says so when devices come in another shape', async () => {
    const stage = await setFleetStage();
    await stage.device({ fleet: stage.fleet('lab/rigs') });
    const body = { d: [{ id: 1, uuid: '../../etc' }] };
    stage.server.fail({ path: /^\/v7\/device/, fault: { kind: 'status', status: 200, body } });
    const error = await refusalOf(stage.pool().take(stage.wish(), createWatcher()));
    expect([error.code, error.exitCode]).toEqual(['lab.fleet-answer', 5]);
  });
});
