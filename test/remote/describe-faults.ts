import { describe, expect, it } from 'vitest';
import { seededRandom } from '../e2e/seeded-random.ts';
import { FAULTS } from './disturb-servers.ts';
import { nameOfFault, placesOf, spreadFaults } from './place-faults.ts';
import { differences } from './read-remote-world.ts';
import { type Story, tellStory } from './tell-story.ts';

/** Faults in one world, if they come to lie far enough apart that each run meets few. */
const FAULTS_A_WORLD = 16;
const CLOSEST = 4;

/** Told in the test's name, so that whatever fails can be had again. */
const seed = Number(process.env.OSREL_TEST_SEED ?? 31);

/** `all`: each request meets each fault (some fifteen times as long); otherwise each meets one, by the seed. */
const rounds = process.env.OSREL_TEST_FAULTS === 'all' ? FAULTS.length : 1;

/**
 * States that every request of a story may meet a fault: whoever goes on ends in the world of an undisturbed one, every
 * invariant holds on the way, and every failed run says what to do.
 */
export function describeFaults(name: string, story: Story): void {
  describe(`${name} whose requests meet faults (OSREL_TEST_SEED=${seed})`, () => {
    it('ends in the world of an undisturbed one', async () => {
      const undisturbed = await tellStory(story, [], () => 0);
      expect(undisturbed.problems).toEqual([]);
      const places = placesOf(undisturbed.requests);
      const stride = Math.max(CLOSEST, Math.ceil(places.length / FAULTS_A_WORLD));
      const met = new Set<string>();
      const wrong: string[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const placed = spreadFaults(places, { seed, round });
        for (let offset = 0; offset < stride; offset += 1) {
          const faults = placed.filter((_, index) => index % stride === offset);
          const told = await tellStory(story, faults, seededRandom(seed + round * stride + offset));
          const hits = told.hits.map(nameOfFault);
          const found = [...told.problems, ...differences(told.world, undisturbed.world)];
          if (found.length > 0) wrong.push([...found, 'after:', ...hits].join('\n  '));
          for (const hit of hits) met.add(hit);
        }
      }
      expect(wrong.join('\n\n')).toBe('');
      // Those that an earlier fault made superfluous never come.
      expect(met.size).toBeGreaterThan(places.length * rounds * 0.8);
    }, 3_600_000);
  });
}
