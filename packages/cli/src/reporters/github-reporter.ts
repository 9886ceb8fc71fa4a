import type { RunEvent, StepLines } from '@osrel/core';
import { formatDuration, formatElapsed } from '../text/duration.ts';
import { NO_PAINT } from '../text/paint.ts';
import { clipLine, plainLine } from '../text/wrap.ts';
import { createBuildComplaints } from './build-complaints.ts';
import { createBuildLines } from './build-lines.ts';
import {
  describeCancelling,
  describeFinish,
  describeProgress,
  describeRetry,
  describeRun,
} from './event-line.ts';
import { createEventTimer } from './event-time.ts';
import { listAnnotations } from './github-annotations.ts';
import { appendOutputs, appendSummary } from './github-files.ts';
import { createGroups } from './github-groups.ts';
import { createProgressPace } from './progress-pace.ts';
import type { Reporter } from './reporter.ts';
import { workflowCommand } from './workflow-command.ts';

export interface GithubReporterOptions {
  readonly write: (text: string) => void;
  /** Writes without hiding anything. */
  readonly writeSecret: (text: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Values that GitHub shall mask in everything that follows. */
  readonly secretValues: readonly string[];
  readonly randomToken: () => string;
  readonly verbosity: 'quiet' | 'normal' | 'verbose';
}

/**
 * For a GitHub Actions log: one folded group a step, annotations for what failed, a table in the step summary and the
 * outcome as step outputs. Lines of tools cannot act as workflow commands. Of a build's console it shows what is not
 * routine, with `verbose` everything.
 */
export function createGithubReporter(options: GithubReporterOptions): Reporter {
  const { write, environment, randomToken, verbosity } = options;
  const events: RunEvent[] = [];
  const complaints = createBuildComplaints();
  const view = createView({ write, randomToken, verbosity });
  const mask = (): void => {
    const lines = options.secretValues
      .flatMap((value) => value.split(/\r?\n/))
      .filter((line) => line.trim().length >= 4);
    for (const line of new Set(lines)) options.writeSecret(workflowCommand('add-mask', line));
  };
  const emit = (event: RunEvent): void => {
    // Logs are long and needed once; what the reports are made of is short.
    if (event.type !== 'step-log' && event.type !== 'step-progress') events.push(event);
    if (event.type === 'run-started') mask();
    complaints.see(event);
    view.show(event);
    if (event.type === 'run-finished') {
      view.close();
      for (const annotation of listAnnotations(events, complaints.list())) write(annotation);
    }
  };
  const emitLines = (lines: StepLines): void => {
    complaints.seeLines(lines);
    view.showLines(lines);
  };
  const close = async (): Promise<void> => {
    view.close();
    await appendSummary(environment.GITHUB_STEP_SUMMARY, events);
    await appendOutputs(environment.GITHUB_OUTPUT, events, randomToken);
  };
  return { emit, emitLines, close };
}

function createView({
  write,
  randomToken,
  verbosity,
}: Pick<GithubReporterOptions, 'write' | 'randomToken' | 'verbosity'>) {
  const groups = createGroups({ write, randomToken });
  const builds = createBuildLines(verbosity === 'verbose' ? 'all' : 'telling');
  const elapsedOf = createEventTimer();
  const isDue = createProgressPace();
  const printLines = (stepId: string, lines: readonly string[]): void => {
    for (const line of lines) groups.line(stepId, clipLine(line));
  };
  const showLines = (lines: StepLines): void => {
    elapsedOf(lines);
    printLines(lines.stepId, builds.takeLines(lines.stepId, lines.text));
  };
  const show = (event: RunEvent): void => {
    const elapsedMs = elapsedOf(event);
    switch (event.type) {
      case 'run-started':
        builds.begin(event.plan);
        groups.name(new Map(event.plan.steps.map((step) => [step.id, `${step.stage}: ${step.summary}`])));
        groups.note(plainLine(describeRun(event.plan, event.resumed)));
        return;
      case 'step-started':
        groups.start(event.stepId);
        return;
      case 'step-log':
        printLines(event.stepId, builds.take(event.stepId, event.line));
        return;
      case 'step-progress':
        if (event.build === undefined) {
          if (event.done === event.total) groups.line(event.stepId, describeProgress(event));
        } else if (isDue(event, elapsedMs)) {
          groups.line(event.stepId, `${formatElapsed(elapsedMs)} ${describeProgress(event)}`);
        }
        return;
      case 'step-retrying':
        groups.line(event.stepId, plainLine(describeRetry(event)));
        return;
      case 'step-finished':
        printLines(event.stepId, builds.end(event.stepId));
        groups.finish(event.stepId, clipLine(plainLine(describeFinish(event, NO_PAINT))));
        return;
      case 'heartbeat':
        groups.note(`still running after ${formatDuration(event.elapsedMs)}: ${event.running.join(', ')}`);
        return;
      case 'cancelling':
        groups.note(describeCancelling(event));
        return;
      case 'run-finished':
        return;
    }
  };
  return { show, showLines, close: groups.close };
}
