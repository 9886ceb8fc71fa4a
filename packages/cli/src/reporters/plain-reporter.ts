import type { RunEvent, StepLines } from '@osrel/core';
import { formatDuration, formatElapsed } from '../text/duration.ts';
import type { Paint } from '../text/paint.ts';
import { clipLine } from '../text/wrap.ts';
import { createBuildLines, isComplaint, isErrorLine } from './build-lines.ts';
import {
  describeCancelling,
  describeFinish,
  describeProgress,
  describeRetry,
  describeRun,
} from './event-line.ts';
import { createEventTimer } from './event-time.ts';
import { createProgressPace } from './progress-pace.ts';
import type { Reporter } from './reporter.ts';

type Stamped = Pick<RunEvent, 'at'>;

export interface PlainReporterOptions {
  readonly write: (text: string) => void;
  readonly paint: Paint;
  readonly verbosity: 'quiet' | 'normal' | 'verbose';
}

/**
 * One line an event, for CI logs and pipes: `[stage step +mm:ss] text`, at most 8 KiB, progress at most every ten
 * seconds of a step. Of a build's console it shows what is not routine, with `verbose` everything; with `quiet` only
 * failures.
 */
export function createPlainReporter({ write, paint, verbosity }: PlainReporterOptions): Reporter {
  const elapsedOf = createEventTimer();
  const stages = new Map<string, string>();
  const summaries = new Map<string, string>();
  const isDue = createProgressPace();
  const builds = createBuildLines(verbosity === 'verbose' ? 'all' : 'telling');
  const print = (event: Stamped, about: string, text: string): void => {
    const prefix = paint.faint(`[${about} ${formatElapsed(elapsedOf(event))}]`);
    write(`${clipLine(`${prefix} ${text}`)}\n`);
  };
  const aboutOf = (stepId: string): string => nameStep(stepId, stages.get(stepId));
  const printLines = (event: Stamped & { readonly stepId: string }, lines: readonly string[]): void => {
    const { stepId } = event;
    for (const line of lines)
      print(event, aboutOf(stepId), builds.has(stepId) ? paintComplaint(line, paint) : line);
  };
  const emit = (event: RunEvent): void => {
    // Also for events that are not shown: the first one starts the clock.
    elapsedOf(event);
    if (event.type === 'run-started') {
      for (const step of event.plan.steps) stages.set(step.id, step.stage);
      for (const step of event.plan.steps) summaries.set(step.id, step.summary);
      builds.begin(event.plan);
    }
    if (event.type === 'step-progress' && !isDue(event, elapsedOf(event))) return;
    if (verbosity === 'quiet' && !isBad(event)) return;
    if (event.type === 'step-log') {
      printLines(event, builds.take(event.stepId, event.line));
      return;
    }
    if (event.type === 'step-finished') printLines(event, builds.end(event.stepId));
    const about = 'stepId' in event ? aboutOf(event.stepId) : 'run';
    print(event, about, describe(event, paint, summaries));
  };
  const emitLines = (lines: StepLines): void => {
    elapsedOf(lines);
    if (verbosity !== 'quiet') printLines(lines, builds.takeLines(lines.stepId, lines.text));
  };
  return { emit, emitLines, close: async () => undefined };
}

function paintComplaint(line: string, paint: Paint): string {
  if (isErrorLine(line)) return paint.bad(line);
  return isComplaint(line) ? paint.warn(line) : line;
}

function describe(
  event: Exclude<RunEvent, { readonly type: 'step-log' }>,
  paint: Paint,
  summaries: ReadonlyMap<string, string>,
): string {
  switch (event.type) {
    case 'run-started':
      return `${event.runId}: ${describeRun(event.plan, event.resumed)}`;
    case 'step-started':
      return `${summaries.get(event.stepId) ?? 'started'}${event.attempt > 1 ? ` (attempt ${event.attempt})` : ''}`;
    case 'step-progress':
      return describeProgress(event);
    case 'step-retrying':
      return paint.warn(describeRetry(event));
    case 'step-finished':
      return describeFinish(event, paint);
    case 'heartbeat':
      return `still running: ${event.running.join(', ')}`;
    case 'cancelling':
      return paint.warn(describeCancelling(event));
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
