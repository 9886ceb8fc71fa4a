import { afterEach, expect, it, vi } from 'vitest';
import { seededRandom } from '../e2e/seeded-random.ts';
import { FAULTS, type FaultName } from './disturb-servers.ts';
import { differences, readRemoteWorld } from './read-remote-world.ts';
import { startRemoteServers } from './remote-servers.ts';
import { runRelease } from './run-release.ts';
import { openCrew, problemsOf, tellStory } from './tell-story.ts';
import { watchInvariants } from './watch-invariants.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const seed = Number(process.env.OSREL_TEST_SEED ?? 31);

/** Outages that follow each other in one world. */
const OUTAGES = 3;
const WORLDS_A_FAULT = process.env.OSREL_TEST_FAULTS === 'all' ? 20 : 1;

it(`faults that do not go away end a run with words that help, and harm nothing (OSREL_TEST_SEED=${seed})`, async () => {
  const undisturbed = await tellStory({}, [], () => 0);
  const chance = seededRandom(seed);
  const upTo = (most: number) => Math.floor(chance() * most);
  const faults = Array.from({ length: WORLDS_A_FAULT }, () => FAULTS).flat();
  for (let first = 0; first < faults.length; first += OUTAGES) {
    const outages = faults
      .slice(first, first + OUTAGES)
      .map((fault) => ({ fault, after: upTo(undisturbed.requests.length) }));
    const { world, problems } = await tellOutages(outages);
    expect(problems, JSON.stringify(outages)).toEqual([]);
    expect(differences(world, undisturbed.world), JSON.stringify(outages)).toEqual([]);
  }
}, 3_600_000);

interface Outage {
  readonly fault: FaultName;
  /** Requests of the run that go well. */
  readonly after: number;
}

async function tellOutages(outages: readonly Outage[]) {
  const servers = await startRemoteServers();
  const crew = openCrew(servers);
  const problems: string[] = [];
  try {
    const watch = watchInvariants(servers);
    for (const { fault, after } of outages) {
      let seen = 0;
      servers.disturb(() => {
        seen += 1;
        return seen > after ? fault : undefined;
      });
      const end = await runRelease(await crew.open());
      if (!end.isDone) problems.push(...problemsOf(end, `${fault} from request ${after + 1} on`));
    }
    servers.disturb(null);
    const { error } = await runRelease(await crew.open());
    if (error !== null) problems.push(String(error));
    return { world: readRemoteWorld(servers), problems: [...problems, ...watch.findProblems(crew.machines)] };
  } finally {
    await servers.close();
    await crew.remove();
  }
}
