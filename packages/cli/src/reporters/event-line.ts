import type { Plan, RunEvent, StepOutcome } from '@osrel/core';
import { describeBuild, describeLongestTask } from '../text/build-progress-text.ts';
import { formatDuration } from '../text/duration.ts';
import { outcomeSign } from '../text/outcome-mark.ts';
import type { Paint } from '../text/paint.ts';
import { formatSize } from '../text/size.ts';
import { describeRunningTest, describeSuite } from '../text/suite-progress-text.ts';
import { plainLine } from '../text/wrap.ts';

type Finished = RunEvent & { readonly type: 'step-finished' };
type Progress = RunEvent & { readonly type: 'step-progress' };
type Cancelling = RunEvent & { readonly type: 'cancelling' };
type Retrying = RunEvent & { readonly type: 'step-retrying' };

/** `raspberrypi4-64 6.5.1 on local: 14 steps`. */
export function describeRun(plan: Plan, resumed: boolean): string {
  const { machine, version, esr } = plan.target;
  const kind = esr ? ' (ESR)' : '';
  const count = plan.steps.length === 1 ? '1 step' : `${plan.steps.length} steps`;
  return `${machine} ${version}${kind} on ${plan.environment}: ${count}${resumed ? ', resumed' : ''}`;
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

/** `412 MiB of 1.2 GiB (34 %)`, `12 tasks`; of a build or suite its activity, counters and what runs. */
export function describeProgress({ done, total, unit, build, suite }: Progress): string {
  if (build !== undefined) return plainLine(`${describeBuild(build)}${describeLongestTask(build)}`);
  if (suite !== undefined) return plainLine(`${describeSuite(suite)}${describeRunningTest(suite)}`);
  const amount = (value: number) => (unit === 'bytes' ? formatSize(value) : String(value));
  const noun = unit === 'bytes' ? '' : ` ${unit}`;
  if (total === null || total === 0) return `${amount(done)}${noun}`;
  return `${amount(done)} of ${amount(total)}${noun} (${Math.floor((done / total) * 100)} %)`;
}

export function describeRetry({ attempt, delayMs, error }: Retrying): string {
  return `attempt ${attempt} failed, again in ${formatDuration(delayMs)}: error[${error.code}] ${firstLine(error.message)}`;
}

/** What this signal does, and what the next one would do. */
export function describeCancelling({ because, endsNow }: Cancelling): string {
  const reason = plainLine(because);
  return endsNow === true
    ? `ending at once: ${reason}; a third signal leaves behind whatever still runs`
    : `stopping: ${reason}; a build finishes its running tasks first, other steps are asked to end; a second signal ends all at once`;
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
