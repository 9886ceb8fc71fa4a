import type { Decision } from '@osrel/core';

/** One link of the chain that `osrel why` prints. */
export interface Reason {
  /** What is explained: a rule, a step, a run. */
  readonly about: string;
  readonly outcome: string;
  readonly because: string;
  /** The command or edit that would change it. */
  readonly change: string | null;
}

export function reasonOfDecision(decision: Decision): Reason {
  const origin =
    decision.origin === undefined || decision.origin === 'default' ? '' : ` (${decision.origin})`;
  return {
    about: decision.rule,
    outcome: decision.outcome,
    because: `${decision.because}${origin}`,
    change: decision.change ?? null,
  };
}

/** Outcomes of decisions that keep something from happening, or change how it happens. */
const HOLDING_BACK: ReadonlySet<string> = new Set(['refuse', 'skip', 'warn', 'no', 'draft', 'adopt']);

export function holdsBack({ outcome }: Decision): boolean {
  return HOLDING_BACK.has(outcome);
}
