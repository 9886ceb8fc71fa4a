import { type Plan, type RunEvent, STAGES } from '@osrel/core';
import { Listr, ListrLogger, type ListrTask, ProcessOutput } from 'listr2';
import { formatDuration } from '../text/duration.ts';
import type { Paint } from '../text/paint.ts';
import { clipLine, plainLine } from '../text/wrap.ts';
import { describeFinish, describeProgress, describeRetry } from './event-line.ts';
import type { Reporter } from './reporter.ts';
import { createStepView, type StepView } from './step-view.ts';

export interface TreeReporterOptions {
  /** A terminal. */
  readonly stream: NodeJS.WriteStream;
  readonly paint: Paint;
  readonly verbosity: 'quiet' | 'normal' | 'verbose';
}

/**
 * Stages and steps as a tree that is redrawn in place. The tree is only a view: its tasks wait for events and decide
 * nothing.
 */
export function createTreeReporter(options: TreeReporterOptions): Reporter {
  const views = new Map<string, StepView>();
  let drawing: Promise<unknown> = Promise.resolve();
  const emit = (event: RunEvent): void => {
    if (event.type === 'run-started') {
      for (const step of event.plan.steps) views.set(step.id, createStepView(step.summary, options.paint));
      drawing = createTree(event.plan, views, options).run();
      return;
    }
    if (event.type === 'run-finished') {
      for (const view of views.values()) view.leave();
      return;
    }
    if ('stepId' in event) showStep(event, views.get(event.stepId), options);
  };
  const close = async (): Promise<void> => {
    for (const view of views.values()) view.leave();
    await drawing;
  };
  return { emit, close };
}

function createTree(plan: Plan, views: ReadonlyMap<string, StepView>, { stream }: TreeReporterOptions) {
  const stages = STAGES.filter((stage) => plan.steps.some((step) => step.stage === stage));
  const tasks: ListrTask[] = stages.map((stage) => ({
    title: stage,
    task: (_ctx, task) =>
      task.newListr(
        plan.steps.filter((step) => step.stage === stage).flatMap((step) => views.get(step.id)?.task ?? []),
        { concurrent: true, exitOnError: false },
      ),
  }));
  const logger = new ListrLogger({
    processOutput: new ProcessOutput(stream, stream, { leaveEmptyLine: false }),
  });
  return new Listr(tasks, {
    concurrent: true,
    exitOnError: false,
    registerSignalListeners: false,
    // It asks whether stdout is a terminal; this draws on stderr.
    forceTTY: true,
    rendererOptions: {
      logger,
      collapseSubtasks: false,
      collapseErrors: false,
      showErrorMessage: false,
      collapseSkips: false,
    },
  });
}

type StepEvent = Exclude<
  RunEvent,
  { readonly type: 'run-started' | 'run-finished' | 'heartbeat' | 'cancelling' }
>;

function showStep(
  event: StepEvent,
  view: StepView | undefined,
  { paint, verbosity }: TreeReporterOptions,
): void {
  if (view === undefined) return;
  switch (event.type) {
    case 'step-started':
      view.start();
      return;
    case 'step-log':
      if (verbosity !== 'quiet') view.show(clipLine(plainLine(event.line), 400));
      return;
    case 'step-progress':
      view.show(describeProgress(event));
      return;
    case 'step-retrying':
      view.show(paint.warn(plainLine(describeRetry(event))));
      return;
    case 'step-finished': {
      if (event.outcome === 'failed' || event.outcome === 'blocked' || event.outcome === 'cancelled') {
        view.fail(plainLine(describeFinish(event, paint)));
        return;
      }
      const took =
        event.outcome === 'done' && !event.fromJournal ? formatDuration(event.durationMs) : event.outcome;
      view.finish(event.fromJournal ? 'earlier' : took);
      return;
    }
  }
}
