import {
  type AnyStepKind,
  type ExecuteRequest,
  executePlan,
  linkPlan,
  NO_RETRY,
  notDone,
  type Plan,
  type RunEvent,
  type Step,
} from '@osrel/core';
import { z } from 'zod';
import { createFixedClock, type FixedClock } from '../fakes/fixed-clock.ts';
import { createMemoryJournal, type MemoryJournal } from '../fakes/memory-journal.ts';
import { portsWith } from '../fakes/ports-with.ts';

/** A step of kind `toy` named by its id, with what differs. */
export function toyStep(id: string, differing: Partial<Step> = {}): Step {
  const common = {
    kind: 'toy',
    stage: 'build',
    needs: [],
    writes: false,
    summary: `do ${id}`,
    with: { id },
  } as const;
  return { ...common, id, retry: NO_RETRY, timeoutMs: null, ...differing };
}

/** A linked plan of these steps; stages without steps are skipped. */
export function toyPlan(steps: readonly Step[]): Plan {
  const stages = ['build', 'test', 'deploy', 'finalize', 'esr'] as const;
  const choice = (stage: (typeof stages)[number]) =>
    steps.some((step) => step.stage === stage) ? 'run' : 'skip';
  return linkPlan({
    system: 'toy',
    environment: 'local',
    target: { machine: 'toy', slug: 'toy', version: '1.0.0', esr: false },
    trigger: { kind: 'nothing', repository: null, because: 'a test' },
    source: { sha: 'a'.repeat(40), repository: null },
    stages: {
      build: choice('build'),
      test: choice('test'),
      deploy: choice('deploy'),
      finalize: choice('finalize'),
      esr: choice('esr'),
    },
    steps,
    decisions: stages.map((stage) => ({
      rule: `toy.${stage}`,
      outcome: choice(stage),
      because: 'a test',
      stage,
    })),
  });
}

/** A step kind that takes and gives anything. */
export function toyKind(differing: Partial<AnyStepKind> = {}): AnyStepKind {
  const common = { kind: 'toy', writes: false, input: z.unknown(), output: z.unknown(), ports: [] };
  return { ...common, probe: async () => notDone, run: async () => ({ ok: true }), ...differing };
}

export interface ToyRun {
  readonly request: ExecuteRequest;
  readonly clock: FixedClock;
  readonly journal: MemoryJournal;
  readonly events: readonly RunEvent[];
  readonly abort: AbortController;
  /** Kinds of entries and of events, with the step they are about: `step-started a`. */
  journalled(): readonly string[];
  told(): readonly string[];
}

/** Everything for one execution, to be given to `executePlan`. */
export function openToyRun(
  steps: readonly Step[],
  kinds: readonly AnyStepKind[],
  differing: Partial<ExecuteRequest> & { readonly journal?: MemoryJournal; readonly clock?: FixedClock } = {},
): ToyRun {
  const events: RunEvent[] = [];
  const clock = differing.clock ?? createFixedClock();
  const journal = differing.journal ?? createMemoryJournal();
  const abort = new AbortController();
  const request: ExecuteRequest = {
    runId: 'run-1',
    plan: toyPlan(steps),
    kinds: new Map(kinds.map((kind) => [kind.kind, kind] as const)),
    ports: portsWith({}),
    emit: (event) => events.push(event),
    signal: abort.signal,
    concurrency: 4,
    heartbeatMs: 0,
    ...differing,
    clock,
    journal,
  };
  const word = (item: { readonly type: string }) =>
    'stepId' in item ? `${item.type} ${item.stepId}` : item.type;
  return {
    request,
    clock,
    journal,
    events,
    abort,
    journalled: () => journal.entries().map(word),
    told: () => events.map(word),
  };
}

/** Executes and answers the outcome of each step by id. */
export async function executeToy(run: ToyRun) {
  const report = await executePlan(run.request);
  return { report, outcomes: Object.fromEntries(report.steps.map(({ id, outcome }) => [id, outcome])) };
}

/** A promise with its ends outside. */
export function gate<Value = void>() {
  return Promise.withResolvers<Value>();
}

/** Lets everything that can go on go on. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
