import { executePlan, OsrelError, type Plan, planRelease, STEP_KINDS, type Trigger } from '@osrel/core';
import { command } from '../builders/plan-of.ts';
import type { RemoteMachine } from './remote-machine.ts';

/** How an osrel ended: like the process, by its exit code and its last words. */
export interface RunEnd {
  readonly isDone: boolean;
  readonly error: Error | null;
  /** Null when nothing could be planned. */
  readonly plan: Plan | null;
}

export interface RunChange {
  readonly trigger?: Trigger;
  /** A plan to go on with, as `osrel resume` does; absent: plans anew. */
  readonly plan?: Plan;
  readonly signal?: AbortSignal;
}

/** `osrel release` on a machine, from the first look to the last word. What a command would print is in `said`. */
export async function runRelease(machine: RemoteMachine, change: RunChange = {}): Promise<RunEnd> {
  const { ports, clock, said } = machine;
  const { signal = new AbortController().signal } = change;
  let plan = change.plan ?? null;
  try {
    plan ??= await planOn(machine, change.trigger ?? command('release'));
    const report = await executePlan({
      runId: 'run-1',
      plan,
      kinds: STEP_KINDS,
      ports,
      clock,
      journal: machine.journalOf(plan.planId),
      emit: (event) => said.push(JSON.stringify(event)),
      signal,
      concurrency: 1,
      heartbeatMs: 0,
    });
    return ended(machine, { isDone: report.outcome === 'done', error: report.error, plan });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return ended(machine, { isDone: false, error, plan });
  }
}

async function planOn({ config, ports, said }: RemoteMachine, trigger: Trigger): Promise<Plan> {
  const [planned] = await planRelease(
    { trigger, config, environment: 'real', machines: [], slug: null, savedFacts: null },
    ports,
  );
  if (planned === undefined) throw new Error('nothing was planned');
  said.push(JSON.stringify(planned));
  return planned.plan;
}

function ended({ said }: RemoteMachine, end: RunEnd): RunEnd {
  if (end.error !== null) said.push(wordsOf(end.error));
  return end;
}

/** Everything an error tells people; its cause is shown to nobody. */
export function wordsOf(error: Error): string {
  if (!(error instanceof OsrelError)) return `${error.name}: ${error.message}`;
  const { code, message, hint, problems, details } = error;
  return JSON.stringify({ code, message, hint, problems, details });
}
