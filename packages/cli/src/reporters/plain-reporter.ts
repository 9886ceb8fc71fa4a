import type { RunEvent } from '@osrel/core';
import { formatDuration, formatElapsed } from '../text/duration.ts';
import type { Paint } from '../text/paint.ts';
import { clipLine, plainLine } from '../text/wrap.ts';
import { describeFinish, describeProgress, describeRetry, describeRun } from './event-line.ts';
import { createEventTimer } from './event-time.ts';
import type { Reporter } from './reporter.ts';

export interface PlainReporterOptions {
  readonly write: (text: string) => void;
  readonly paint: Paint;
  readonly verbosity: 'quiet' | 'normal' | 'verbose';
}

const PROGRESS_EVERY_MS = 10_000;

/**
 * One line an event, for CI logs and pipes: `[stage step +mm:ss] text`, at most 8 KiB, progress at most every ten
 * seconds of a step. With `quiet` only failures.
 */
export function createPlainReporter({ write, paint, verbosity }: PlainReporterOptions): Reporter {
  const elapsedOf = createEventTimer();
  const stages = new Map<string, string>();
  const summaries = new Map<string, string>();
  const progressDue = new Map<string, number>();
  const print = (event: RunEvent, about: string, text: string): void => {
    const prefix = paint.faint(`[${about} ${formatElapsed(elapsedOf(event))}]`);
    write(`${clipLine(`${prefix} ${text}`)}\n`);
  };
  const isDue = (event: RunEvent & { readonly type: 'step-progress' }): boolean => {
    const elapsed = elapsedOf(event);
    if (elapsed < (progressDue.get(event.stepId) ?? 0)) return false;
    progressDue.set(event.stepId, elapsed + PROGRESS_EVERY_MS);
    return true;
  };
  const emit = (event: RunEvent): void => {
    // Also for events that are not shown: the first one starts the clock.
    elapsedOf(event);
    if (event.type === 'run-started') {
      for (const step of event.plan.steps) stages.set(step.id, step.stage);
      for (const step of event.plan.steps) summaries.set(step.id, step.summary);
    }
    if (event.type === 'step-progress' && !isDue(event)) return;
    if (verbosity === 'quiet' && !isBad(event)) return;
    const about = 'stepId' in event ? nameStep(event.stepId, stages.get(event.stepId)) : 'run';
    print(event, about, describe(event, paint, summaries));
  };
  return { emit, close: async () => undefined };
}

function describe(event: RunEvent, paint: Paint, summaries: ReadonlyMap<string, string>): string {
  switch (event.type) {
    case 'run-started':
      return `${event.runId}: ${describeRun(event.plan, event.resumed)}`;
    case 'step-started':
      return `${summaries.get(event.stepId) ?? 'started'}${event.attempt > 1 ? ` (attempt ${event.attempt})` : ''}`;
    case 'step-log':
      return plainLine(event.line);
    case 'step-progress':
      return describeProgress(event);
    case 'step-retrying':
      return paint.warn(describeRetry(event));
    case 'step-finished':
      return describeFinish(event, paint);
    case 'heartbeat':
      return `still running: ${event.running.join(', ')}`;
    case 'cancelling':
      return paint.warn(
        `stopping: ${event.because}; running steps are asked to end, a second signal ends at once`,
      );
    case 'run-finished':
      return `${event.outcome} after ${formatDuration(event.durationMs)}`;
  }
}

/** `deploy push-hostapp`. */
function nameStep(stepId: string, stage: string | undefined): string {
  return stage === undefined || stepId === stage ? stepId : `${stage} ${stepId}`;
}

function isBad(event: RunEvent): boolean {
  return event.type === 'cancelling' || (event.type === 'step-finished' && event.outcome === 'failed');
}
