import { type AnyStepKind, executePlan, NO_RETRY, type Plan, type RetryPolicy } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { CUT_KINDS, type CutPoint, untilCrash, withCrashPoints } from '../crash/crashing-ports.ts';
import { type CrashStory, exhaustCrashes } from '../crash/exhaust-crashes.ts';
import { createFixedClock } from '../fakes/fixed-clock.ts';
import { createMemoryJournal, type MemoryJournal } from '../fakes/memory-journal.ts';
import {
  createToyServer,
  planToyRelease,
  type ToyServer,
  toyKinds,
  toyKindsWithoutProbe,
} from './toy-release.ts';

interface World {
  readonly server: ToyServer;
  readonly journal: MemoryJournal;
}

const RETRY: RetryPolicy = { attempts: 3, firstDelayMs: 10, factor: 2, maxDelayMs: 40 };

function tell(kinds: ReadonlyMap<string, AnyStepKind>, plan: Plan): CrashStory<World> {
  return {
    open: async () => ({ server: createToyServer(), journal: createMemoryJournal() }),
    execute: (world, cut) => execute(world, { kinds, plan, cut }),
    check: ({ server }, cuts) => {
      const effects = { releases: server.releases.length, finalized: server.finalized, puts: server.puts };
      expect(effects, JSON.stringify(cuts)).toEqual({
        releases: 1,
        finalized: [1],
        puts: ['1/asset', '1/latest'],
      });
    },
  };
}

async function execute(
  { server, journal }: World,
  { kinds, plan, cut }: { kinds: ReadonlyMap<string, AnyStepKind>; plan: Plan; cut: CutPoint | null },
) {
  const crashing = withCrashPoints({ ...server.ports, journal }, cut);
  const clock = createFixedClock();
  const execution = executePlan({
    runId: 'run-1',
    plan,
    kinds,
    ports: crashing.ports,
    clock,
    journal: crashing.ports.journal,
    emit: () => undefined,
    signal: new AbortController().signal,
    concurrency: 1,
    heartbeatMs: 0,
  }).catch(() => undefined);
  const report = await untilCrash(execution, crashing);
  return { isDone: report?.outcome === 'done', operations: crashing.operations.length };
}

describe('a plan of four steps that is cut short', () => {
  it.each([
    ['without retries', NO_RETRY],
    ['with retries', RETRY],
  ])('has every effect exactly once after a cut at any single operation, %s', async (_, retry) => {
    const told = await exhaustCrashes(tell(toyKinds, planToyRelease(retry)), { depth: 1 });

    // Journal: read, start, two lines a step, end; ports: a probe and a write for each of four steps.
    expect(told).toBe(CUT_KINDS.length * (1 + 1 + 4 * 2 + 1 + 4 * 2));
  });

  it('has every effect exactly once after any pair of cuts', async () => {
    const told = await exhaustCrashes(tell(toyKinds, planToyRelease(RETRY)), { depth: 2 });

    expect(told).toBeGreaterThan(2000);
  });

  it.each(['create-draft', 'put-text', 'finalize'])(
    'would do things twice if "%s" had no probe',
    async (name) => {
      const story = tell(toyKindsWithoutProbe(name), planToyRelease(RETRY));

      await expect(exhaustCrashes(story, { depth: 1 })).rejects.toThrow(/to deeply equal/);
    },
  );
});
