import { executePlan, type Json, type Plan, type Ports, STEP_KINDS, type Trigger } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import type { FactsChange } from '../builders/facts.ts';
import { type CutPoint, untilCrash, withCrashPoints } from '../crash/crashing-ports.ts';
import { tellEach } from '../crash/exhaust-crashes.ts';
import { createMemoryJournal, type MemoryJournal } from '../fakes/memory-journal.ts';
import { type EmbeddedRelease, openEmbeddedRelease, planEmbedded } from './embedded-release.ts';
import { readWorld } from './read-world.ts';

interface World extends EmbeddedRelease {
  readonly journal: MemoryJournal;
  readonly plan: Plan;
}

export interface Release {
  readonly version: string;
  readonly trigger: Trigger;
  readonly change: FactsChange;
  /** Facts of another kind than a release's; `change` is left aside then. */
  readonly facts?: Json;
  readonly osrelYml?: unknown;
  /** More cuts than this there must be to try; 100 for a whole release. */
  readonly fewestCuts?: number;
  /** What is in the world before. */
  readonly prepare?: (ports: Ports) => Promise<void>;
}

async function openWorld(release: Release): Promise<World> {
  const embedded = await openEmbeddedRelease(release.version);
  await release.prepare?.(embedded.ports);
  const plan = await planEmbedded(embedded.ports, release.trigger, release.change, {
    osrelYml: release.osrelYml,
    facts: release.facts,
  });
  return { ...embedded, journal: createMemoryJournal(), plan };
}

async function execute(world: World, cut: CutPoint | null) {
  const crashing = withCrashPoints({ ...world.ports, journal: world.journal }, cut);
  const execution = executePlan({
    runId: 'run-1',
    plan: world.plan,
    kinds: STEP_KINDS,
    ports: crashing.ports,
    clock: world.clock,
    journal: crashing.ports.journal,
    emit: () => undefined,
    signal: new AbortController().signal,
    concurrency: 1,
    heartbeatMs: 0,
  }).catch((error: unknown) => ({ outcome: 'failed', error }));
  const report = await untilCrash(execution, crashing);
  return {
    isDone: report?.outcome === 'done',
    operations: crashing.operations.length,
    error: report?.error ?? null,
    names: crashing.operations,
  };
}

/** Operations that change the world, however they are named in the ports. */
const WRITES =
  /\.(append|put|remove|create|push|copy|fetch|update|finalize|invalidate|attach|write|ensure|record|stage|build|prepare)/;

/**
 * States that a release can be cut at any operation: whatever is resumed ends in the world of an undisturbed release,
 * and a finished release done again writes nothing.
 */
export function describeCrashSafety(name: string, release: Release): void {
  describe(name, () => {
    it('is done, and done again it writes nothing', async () => {
      const world = await openWorld(release);
      const first = await execute(world, null);
      expect(first.error).toBeNull();
      const before = await readWorld(world.root);
      const again = await execute({ ...world, journal: createMemoryJournal() }, null);
      expect(again).toMatchObject({ isDone: true });
      expect(await readWorld(world.root)).toEqual(before);
      expect(again.names.filter((name) => WRITES.test(name) && name !== 'journal.append')).toEqual([]);
      await world.remove();
    });

    it('leaves the same world wherever it is cut and resumed, or a reply is lost', async () => {
      const undisturbed = await openWorld(release);
      const { names } = await execute(undisturbed, null);
      const expected = await readWorld(undisturbed.root);
      await undisturbed.remove();

      const told = await tellEach<World>(
        {
          open: () => openWorld(release),
          execute,
          check: async (world, cuts) => {
            expect(await readWorld(world.root), JSON.stringify(cuts)).toEqual(expected);
          },
          close: (world) => world.remove(),
        },
        listCuts(names),
      );
      expect(told).toBeGreaterThan(release.fewestCuts ?? 100);
    }, 600_000);
  });
}

/**
 * Every cut that can leave a world of its own: dying before each write (dying after one is dying before the next, and
 * nothing changes at a read), dying before the last word, and losing the reply of each write.
 */
function listCuts(names: readonly string[]): readonly CutPoint[] {
  const writes = names.flatMap((name, index) => (WRITES.test(name) ? [index + 1] : []));
  return [
    ...writes.map((at) => ({ at, kind: 'crash-before' as const })),
    { at: names.length, kind: 'crash-after' as const },
    ...writes.map((at) => ({ at, kind: 'fail-after' as const })),
  ];
}
