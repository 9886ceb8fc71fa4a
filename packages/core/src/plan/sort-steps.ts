import { STAGES } from '../model/stage.ts';
import type { Step } from './plan.ts';

/** Steps in the order they are shown and tried; `cyclic` holds those that can never start. */
export interface SortedSteps {
  readonly sorted: readonly Step[];
  readonly cyclic: readonly Step[];
}

/** Puts every step behind its needs; ties go by stage, then by the order given. Needs outside the list are ignored. */
export function sortSteps(steps: readonly Step[]): SortedSteps {
  const known = new Set(steps.map(({ id }) => id));
  const waiting = [...steps].sort((a, b) => STAGES.indexOf(a.stage) - STAGES.indexOf(b.stage));
  const sorted: Step[] = [];
  const placed = new Set<string>();
  const isReady = (step: Step) => step.needs.every((need) => placed.has(need) || !known.has(need));
  for (;;) {
    const index = waiting.findIndex(isReady);
    const [next] = index < 0 ? [] : waiting.splice(index, 1);
    if (next === undefined) return { sorted, cyclic: waiting };
    sorted.push(next);
    placed.add(next.id);
  }
}
