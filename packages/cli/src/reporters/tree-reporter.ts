import { type Plan, type RunEvent, STAGES, type StepLines, type SuiteProgress } from '@osrel/core';
import { Listr, ListrLogger, ProcessOutput, Spinner } from 'listr2';
import { formatDuration } from '../text/duration.ts';
import type { Paint } from '../text/paint.ts';
import { describeSuite } from '../text/suite-progress-text.ts';
import { clipLine, cutToWidth, plainLine } from '../text/wrap.ts';
import { createBuildView, type Room } from './build-view.ts';
import { describeCancelling, describeFinish, describeProgress, describeRetry } from './event-line.ts';
import type { Reporter } from './reporter.ts';
import { createStageView, type StageView } from './stage-view.ts';
import { createStepView, type StepView } from './step-view.ts';

export interface TreeReporterOptions {
  /** A terminal. */
  readonly stream: NodeJS.WriteStream;
  readonly paint: Paint;
  readonly verbosity: 'quiet' | 'normal' | 'verbose';
}

/** Events come faster than anybody reads; the tree is told of the last state this often. */
const DRAW_EVERY_MS = 100;
/** A tree is drawn at every turn, for hours. */
const SPIN_EVERY_MS = 200;
/** Columns that signs and indentation take beside a step's text and below it. */
const INDENTATION = 10;

/** One step with everything the tree knows of it. */
interface Seen {
  readonly view: StepView;
  readonly stage: StageView;
  readonly summary: string;
  readonly build: ReturnType<typeof createBuildView>;
  isRunning: boolean;
  /** How far a suite is; undefined for other steps. */
  suite: SuiteProgress | undefined;
  /** The last line or progress of a step that is no build. */
  latest: string;
}

/**
 * Stages and steps as a tree that is redrawn in place. The tree is only a view: its tasks wait for events and decide
 * nothing.
 */
export function createTreeReporter(options: TreeReporterOptions): Reporter {
  const { paint } = options;
  const pace = createDrawingPace();
  let steps: ReadonlyMap<string, Seen> = new Map();
  let drawing: Promise<unknown> = Promise.resolve();
  let notice: readonly string[] = [];
  const show = (seen: Seen): void => {
    const room = roomOf(options.stream, steps);
    const head = seen.isRunning ? notice.map((line) => paint.warn(cutToWidth(line, room.columns))) : [];
    const followed = seen.build.isFollowed();
    const below = followed ? seen.build.listLines(room) : listLatest(seen);
    const remark =
      seen.suite === undefined
        ? seen.build.remark(room.columns - seen.summary.length)
        : describeSuite(seen.suite);
    seen.view.show(remark, [...head, ...below]);
  };
  const emit = (event: RunEvent): void => {
    if (event.type === 'run-started') {
      steps = createSteps(event.plan, paint, pace.changed);
      drawing = createTree(steps, options).run();
    } else if (event.type === 'cancelling') {
      notice = describeCancelling(event).split('; ');
      for (const seen of steps.values()) if (seen.isRunning) show(seen);
    } else if (event.type === 'run-finished') leaveAll(steps);
    else if ('stepId' in event) {
      const seen = steps.get(event.stepId);
      if (seen === undefined) return;
      seen.stage.open();
      if (learn(seen, event, options)) show(seen);
    }
  };
  const emitLines = ({ stepId, text }: StepLines): void => {
    const seen = steps.get(stepId);
    if (seen === undefined) return;
    seen.stage.open();
    seen.build.hearLines(text);
    if (options.verbosity !== 'quiet') seen.latest = clipLine(plainLine(lastLineOf(text)), 400);
    show(seen);
  };
  const close = async (): Promise<void> => {
    pace.stop();
    leaveAll(steps);
    await drawing;
  };
  return { emit, emitLines, close };
}

/** Collects views that changed and draws them together. */
function createDrawingPace() {
  const waiting = new Set<StepView>();
  let timer: NodeJS.Timeout | undefined;
  const drawAll = (): void => {
    timer = undefined;
    for (const view of waiting) view.draw();
    waiting.clear();
  };
  return {
    changed: (view: StepView): void => {
      waiting.add(view);
      timer ??= setTimeout(drawAll, DRAW_EVERY_MS);
    },
    stop: (): void => clearTimeout(timer),
  };
}

function createSteps(plan: Plan, paint: Paint, changed: (view: StepView) => void): ReadonlyMap<string, Seen> {
  const seen = new Map<string, Seen>();
  for (const stage of STAGES) {
    const own = plan.steps.filter((step) => step.stage === stage);
    const views = own.map(({ summary }) => createStepView({ summary, paint, changed }));
    const stageView = createStageView({ stage, steps: views.map((view) => view.task), paint });
    for (const [index, { id, summary }] of own.entries()) {
      const view = views[index];
      const rest = { summary, build: createBuildView(paint), isRunning: false, suite: undefined, latest: '' };
      if (view !== undefined) seen.set(id, { view, stage: stageView, ...rest });
    }
  }
  return seen;
}

function createTree(steps: ReadonlyMap<string, Seen>, { stream }: TreeReporterOptions) {
  const stages = new Set([...steps.values()].map((seen) => seen.stage));
  const spinner = new Spinner();
  const start = spinner.start.bind(spinner);
  spinner.start = (draw) => start(draw, SPIN_EVERY_MS);
  const processOutput = new ProcessOutput(stream, stream, { leaveEmptyLine: false });
  const tasks = [...stages].map((stage) => stage.task);
  return new Listr(tasks, {
    concurrent: true,
    exitOnError: false,
    registerSignalListeners: false,
    // It asks whether stdout is a terminal; this draws on stderr.
    forceTTY: true,
    rendererOptions: {
      spinner,
      logger: new ListrLogger({ processOutput }),
      collapseSubtasks: false,
      collapseErrors: false,
      showErrorMessage: false,
      collapseSkips: false,
    },
  });
}

function leaveAll(steps: ReadonlyMap<string, Seen>): void {
  for (const { stage, view } of steps.values()) {
    stage.open();
    view.leave();
  }
}

function roomOf(stream: NodeJS.WriteStream, steps: ReadonlyMap<string, Seen>): Room {
  const stages = new Set([...steps.values()].map((seen) => seen.stage));
  const shown = [...steps.values()].filter((seen) => seen.stage.isOpen());
  // The last row is the cursor's; a notice may take another one.
  const freeRows = (stream.rows ?? 24) - stages.size - shown.length - 2;
  return { columns: Math.max(20, (stream.columns ?? 80) - INDENTATION), freeRows };
}

/** What a step that is no build shows below itself: of a suite the test that runs, else its last line. */
function listLatest({ suite, latest }: Seen): readonly string[] {
  if (suite?.running != null) return [clipLine(plainLine(suite.running), 400)];
  return latest === '' ? [] : [latest];
}

/** Of whole lines. */
function lastLineOf(text: string): string {
  return text.slice(text.lastIndexOf('\n', text.length - 2) + 1, -1);
}

type StepEvent = Extract<RunEvent, { readonly stepId: string }>;

/** Takes in what the event tells; answers whether the step is to be shown anew. */
function learn(seen: Seen, event: StepEvent, { paint, verbosity }: TreeReporterOptions): boolean {
  switch (event.type) {
    case 'step-started':
      seen.isRunning = true;
      seen.view.start();
      return true;
    case 'step-log':
      seen.build.hear(event.line);
      if (verbosity !== 'quiet') seen.latest = clipLine(plainLine(event.line), 400);
      return true;
    case 'step-progress':
      if (event.build !== undefined) seen.build.see(event.build);
      else if (event.suite !== undefined) seen.suite = event.suite;
      else seen.latest = describeProgress(event);
      return true;
    case 'step-retrying':
      seen.latest = paint.warn(plainLine(describeRetry(event)));
      return true;
    case 'step-finished':
      seen.isRunning = false;
      finish(seen.view, event, paint);
      return false;
  }
}

function finish(view: StepView, event: RunEvent & { readonly type: 'step-finished' }, paint: Paint): void {
  if (event.outcome === 'failed' || event.outcome === 'blocked' || event.outcome === 'cancelled') {
    view.fail(plainLine(describeFinish(event, paint)));
    return;
  }
  const took =
    event.outcome === 'done' && !event.fromJournal ? formatDuration(event.durationMs) : event.outcome;
  view.finish(event.fromJournal ? 'earlier' : took);
}
