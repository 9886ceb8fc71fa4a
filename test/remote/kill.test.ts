import { afterEach, expect, it, vi } from 'vitest';
import { seededRandom } from '../e2e/seeded-random.ts';
import { type Death, runUntilDeath } from './die-at-write.ts';
import { differences, readRemoteWorld } from './read-remote-world.ts';
import { isWrite, startRemoteServers } from './remote-servers.ts';
import { runRelease } from './run-release.ts';
import { openCrew, tellStory } from './tell-story.ts';
import { watchInvariants } from './watch-invariants.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const seed = Number(process.env.OSREL_TEST_SEED ?? 31);

/** Worlds in which three machines die one after the other, when not every single death is tried. */
const WORLDS = 8;

it(`machines that die at a write leave a world that another one finishes (OSREL_TEST_SEED=${seed})`, async () => {
  const undisturbed = await tellStory({}, [], () => 0);
  // Nothing changes at a read: dying there is dying before the next write.
  const writes = undisturbed.requests.filter(isWrite).length;
  const all = process.env.OSREL_TEST_FAULTS === 'all';
  for (const deaths of all ? eachDeath(writes) : someDeaths(writes)) {
    const { world, problems } = await tellDeaths(deaths);
    const about = JSON.stringify(deaths);
    expect(problems, about).toEqual([]);
    expect(differences(world, undisturbed.world), about).toEqual([]);
  }
}, 3_600_000);

function eachDeath(writes: number): readonly (readonly Death[])[] {
  return Array.from({ length: writes }, (_, index) => index + 1).flatMap((atWrite) => [
    [{ atWrite, writeIs: 'lost' }],
    [{ atWrite, writeIs: 'done' }],
  ]);
}

/** The first deaths are spread over the release, the others come when they come. */
function someDeaths(writes: number): readonly (readonly Death[])[] {
  const chance = seededRandom(seed);
  const upTo = (most: number) => 1 + Math.floor(chance() * most);
  const writeIs = () => (chance() < 0.5 ? 'done' : 'lost') as Death['writeIs'];
  return Array.from({ length: WORLDS }, (_, world) => [
    { atWrite: Math.floor((world * writes) / WORLDS) + upTo(writes / WORLDS), writeIs: writeIs() },
    { atWrite: upTo(writes / 2), writeIs: writeIs() },
    { atWrite: upTo(writes / 2), writeIs: writeIs() },
  ]);
}

async function tellDeaths(deaths: readonly Death[]) {
  const servers = await startRemoteServers();
  const crew = openCrew(servers);
  try {
    const watch = watchInvariants(servers);
    for (const death of deaths) await runUntilDeath(servers, await crew.open(), death);
    const { error } = await runRelease(await crew.open());
    const failure = error === null ? [] : [String(error)];
    return { world: readRemoteWorld(servers), problems: [...failure, ...watch.findProblems(crew.machines)] };
  } finally {
    await servers.close();
    await crew.remove();
  }
}
