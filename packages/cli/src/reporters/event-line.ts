import type { Plan, RunEvent, StepOutcome } from '@osrel/core';
import { formatDuration } from '../text/duration.ts';
import { outcomeSign } from '../text/outcome-mark.ts';
import type { Paint } from '../text/paint.ts';
import { formatSize } from '../text/size.ts';

type Finished = RunEvent & { readonly type: 'step-finished' };
type Progress = RunEvent & { readonly type: 'step-progress' };
type Retrying = RunEvent & { readonly type: 'step-retrying' };

/** `raspberrypi4-64 6.5.1 on local: 14 steps`. */
export function describeRun(plan: Plan, resumed: boolean): string {
  const { machine, version, esr } = plan.target;
  const kind = esr ? ' (ESR)' : '';
  return `${machine} ${version}${kind} on ${plan.environment}: ${plan.steps.length} steps${resumed ? ', resumed' : ''}`;
}

/** `✓ done in 3.2s`, `= adopted: draft 17 has the same bytes`. */
export function describeFinish(event: Finished, paint: Paint): string {
  const took =
    event.outcome === 'done' && !event.fromJournal ? ` in ${formatDuration(event.durationMs)}` : '';
  const source = event.fromJournal ? ' earlier in this run' : '';
  const because =
    event.error === null ? event.because : `error[${event.error.code}] ${firstLine(event.error.message)}`;
  return `${outcomeSign(event.outcome, paint)} ${event.outcome}${took}${source}${because === null ? '' : `: ${because}`}`;
}

/** `412 MiB of 1.2 GiB (34 %)`, `12 tasks`. */
export function describeProgress({ done, total, unit }: Progress): string {
  const amount = (value: number) => (unit === 'bytes' ? formatSize(value) : String(value));
  const noun = unit === 'bytes' ? '' : ` ${unit}`;
  if (total === null || total === 0) return `${amount(done)}${noun}`;
  return `${amount(done)} of ${amount(total)}${noun} (${Math.floor((done / total) * 100)} %)`;
}

export function describeRetry({ attempt, delayMs, error }: Retrying): string {
  return `attempt ${attempt} failed, again in ${formatDuration(delayMs)}: error[${error.code}] ${firstLine(error.message)}`;
}

/** `9 done, 2 adopted, 1 failed`: in a fixed order, nothing for none. */
export function countOutcomes(outcomes: readonly StepOutcome[]): string {
  const order = ['done', 'adopted', 'skipped', 'failed', 'blocked', 'cancelled'] as const;
  return order
    .map((outcome) => [outcome, outcomes.filter((each) => each === outcome).length] as const)
    .filter(([, count]) => count > 0)
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(', ');
}

/** A message may quote the end of a log; a line of ours is one line. */
function firstLine(text: string): string {
  const [first = '', ...rest] = text.split('\n');
  return rest.length === 0 ? first : `${first} …`;
}
