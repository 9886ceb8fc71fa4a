import type { Step } from '../plan/plan.ts';
import type { AnyStepKind } from '../steps/step-kind.ts';
import type { StepOutcome } from './run-event.ts';

export interface Progress {
  /** In plan order. */
  readonly steps: readonly Step[];
  /** How every ended step ended, by step id. */
  readonly outcomes: ReadonlyMap<string, StepOutcome>;
  /** Ids of the steps at work. */
  readonly running: ReadonlySet<string>;
}

export interface Limits {
  readonly concurrency: number;
  readonly kinds: ReadonlyMap<string, Pick<AnyStepKind, 'concurrency' | 'waitsElsewhere'>>;
}

/** Steps to start now, in plan order: their needs are met, and there is room overall and for their kind. */
export function listReadySteps(
  { steps, outcomes, running }: Progress,
  { concurrency, kinds }: Limits,
): readonly Step[] {
  const busy = new Map<string, number>();
  let places = concurrency;
  const begin = (step: Step): void => {
    busy.set(step.kind, (busy.get(step.kind) ?? 0) + 1);
    if (kinds.get(step.kind)?.waitsElsewhere !== true) places -= 1;
  };
  for (const step of steps) {
    if (running.has(step.id)) begin(step);
  }
  const ready: Step[] = [];
  for (const step of steps) {
    const limits = kinds.get(step.kind);
    const isWaiting = !outcomes.has(step.id) && !running.has(step.id);
    if (!isWaiting || !step.needs.every((need) => isMet(outcomes.get(need)))) continue;
    if (places <= 0 && limits?.waitsElsewhere !== true) continue;
    if ((busy.get(step.kind) ?? 0) >= (limits?.concurrency ?? Number.POSITIVE_INFINITY)) continue;
    begin(step);
    ready.push(step);
  }
  return ready;
}

/** A step that can never start, with the ended step that is the reason. */
export interface UnreachableStep {
  readonly step: Step;
  readonly outcome: 'blocked' | 'cancelled';
  readonly because: string;
}

/** Steps that wait, directly or through others, for one that did not succeed; each names the one that failed first. */
export function listUnreachableSteps({
  steps,
  outcomes,
}: Omit<Progress, 'running'>): readonly UnreachableStep[] {
  const roots = new Map<string, string>();
  const known = new Map(outcomes);
  const unreachable: UnreachableStep[] = [];
  for (const step of steps) {
    if (outcomes.has(step.id)) continue;
    const broken = step.needs.filter((need) => known.has(need) && !isMet(known.get(need)));
    const need = broken.find((id) => known.get(id) !== 'cancelled') ?? broken[0];
    if (need === undefined) continue;
    const root = roots.get(need) ?? need;
    const outcome = known.get(need) === 'cancelled' ? 'cancelled' : 'blocked';
    roots.set(step.id, root);
    known.set(step.id, outcome);
    unreachable.push({ step, outcome, because: `it needs ${root}, which ${wordOf(known.get(root))}` });
  }
  return unreachable;
}

function isMet(outcome: StepOutcome | undefined): boolean {
  return outcome === 'done' || outcome === 'adopted';
}

function wordOf(outcome: StepOutcome | undefined): string {
  return outcome === 'failed' ? 'failed' : `was ${outcome ?? 'left out'}`;
}
