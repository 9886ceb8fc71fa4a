import type { RunOutcomeWord, StepOutcome } from '@osrel/core';
import type { Paint } from './paint.ts';

type Outcome = StepOutcome | RunOutcomeWord | 'running' | 'interrupted' | 'refused';

/** Each outcome has its own sign, so that it can be told without colour. */
const MARKS: Readonly<Record<Outcome, { readonly sign: string; readonly brush: keyof Paint }>> = {
  done: { sign: '✓', brush: 'good' },
  adopted: { sign: '=', brush: 'good' },
  skipped: { sign: '-', brush: 'faint' },
  failed: { sign: '✗', brush: 'bad' },
  blocked: { sign: '!', brush: 'warn' },
  cancelled: { sign: '~', brush: 'warn' },
  running: { sign: '>', brush: 'note' },
  interrupted: { sign: '~', brush: 'warn' },
  refused: { sign: '✗', brush: 'bad' },
};

/** `✓ done`, `✗ failed`, ... */
export function markOutcome(outcome: Outcome, paint: Paint): string {
  const { sign, brush } = MARKS[outcome];
  return paint[brush](`${sign} ${outcome}`);
}

/** Only the sign. */
export function outcomeSign(outcome: Outcome, paint: Paint): string {
  const { sign, brush } = MARKS[outcome];
  return paint[brush](sign);
}
