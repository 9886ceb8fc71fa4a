import { executePlan, type Plan, type Ports, type RunEvent, type RunReport, STEP_KINDS } from '@osrel/core';
import { createFixedClock } from '../fakes/fixed-clock.ts';
import { createMemoryJournal } from '../fakes/memory-journal.ts';

/** One suite that every release runs, and passes. */
export const SMOKE = {
  tests: { matrix: [{ suite: 'smoke', lab: 'command', command: ['./smoke.sh'], results: 'tap' }] },
};

/** How a plan ended, and everything a reporter saw of it. */
export interface ReleaseRun extends RunReport {
  readonly events: readonly RunEvent[];
}

/** Executes a plan from its beginning, one step at a time. */
export async function runRelease(plan: Plan, ports: Ports): Promise<ReleaseRun> {
  const events: RunEvent[] = [];
  const report = await executePlan({
    runId: 'run-1',
    plan,
    kinds: STEP_KINDS,
    ports,
    clock: createFixedClock(),
    journal: createMemoryJournal(),
    emit: (event) => {
      events.push(event);
    },
    signal: new AbortController().signal,
    concurrency: 1,
    heartbeatMs: 0,
  });
  return { ...report, events };
}

/** The ports with some methods of one of them in another's hands. */
export function withPort<Name extends keyof Ports>(
  ports: Ports,
  name: Name,
  methods: Partial<Ports[Name]>,
): Ports {
  const port = { ...ports[name], ...methods };
  return new Proxy(ports, {
    get: (target, key) => (key === name ? port : Reflect.get(target, key)),
  });
}
