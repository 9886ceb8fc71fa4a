import { OsrelError } from '@osrel/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { seededRandom } from '../e2e/seeded-random.ts';
import { differences, readRemoteWorld } from './read-remote-world.ts';
import type { RemoteMachine } from './remote-machine.ts';
import type { RemoteServers } from './remote-servers.ts';
import { useMachine, useServers } from './remote-stage.ts';
import { type RunEnd, runRelease, wordsOf } from './run-release.ts';
import { takeTurns } from './take-turns.ts';
import { viewRemoteWorld } from './view-remote-world.ts';
import { watchInvariants } from './watch-invariants.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const seed = Number(process.env.OSREL_TEST_SEED ?? 31);
const ORDERS = process.env.OSREL_TEST_FAULTS === 'all' ? 60 : 4;
const orders = Array.from({ length: ORDERS }, (_, index) => seed + index);

describe('two osrels at once on different machines', () => {
  it.each(orders)('make one final release of the same version, nothing twice (order %i)', async (order) => {
    const alone = await useServers();
    await runRelease(await useMachine(alone));
    const servers = await useServers();
    const watch = watchInvariants(servers);
    const machines = [await useMachine(servers), await useMachine(servers)];

    const ends = await runAtOnce(machines, seededRandom(order));

    checkEnds(ends);
    const last = await useMachine(servers);
    expect((await runRelease(last)).error).toBeNull();
    expect(watch.findProblems([...machines, last])).toEqual([]);
    expect(differences(readRemoteWorld(servers), readRemoteWorld(alone))).toEqual([]);
  });

  it.each(orders)('release two versions, and latest is the newer one (order %i)', async (order) => {
    const servers = await useServers();
    const watch = watchInvariants(servers);
    const machines = [
      await useMachine(servers, { version: '6.5.0' }),
      await useMachine(servers, { version: '6.5.1' }),
    ];

    const ends = await runAtOnce(machines, seededRandom(order));

    checkEnds(ends);
    for (const { version } of machines) {
      expect((await runRelease(await useMachine(servers, { version }))).error).toBeNull();
    }
    expect(watch.findProblems(machines)).toEqual([]);
    expect(finalsOf(servers)).toEqual(['6.5.0', '6.5.1']);
    const { objects } = viewRemoteWorld(servers);
    expect(objects.get('images/raspberrypi4-64/latest')?.bytes.toString()).toBe('6.5.1\n');
  });
});

async function runAtOnce(
  machines: readonly RemoteMachine[],
  chance: () => number,
): Promise<readonly RunEnd[]> {
  const turns = takeTurns(machines.length, chance);
  const taking = machines.map((machine) => ({ ...machine, ports: turns.join(machine.ports) }));
  return Promise.all(taking.map((machine) => runRelease(machine).finally(() => turns.leave(machine.ports))));
}

/** Whoever gives way says what to do. */
function checkEnds(ends: readonly RunEnd[]): void {
  const failures = ends.flatMap(({ error }) => (error === null ? [] : [error]));
  for (const error of failures) {
    expect(error, wordsOf(error)).toBeInstanceOf(OsrelError);
    expect((error as OsrelError).hint, wordsOf(error)).toBeDefined();
  }
}

function finalsOf(servers: RemoteServers): readonly string[] {
  const { releases } = viewRemoteWorld(servers);
  return releases
    .filter(({ isFinal }) => isFinal)
    .map(({ version }) => version)
    .sort();
}
