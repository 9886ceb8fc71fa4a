import type { RunEvent } from '@osrel/core';
import { formatDuration } from '../text/duration.ts';
import { NO_PAINT } from '../text/paint.ts';
import { clipLine, plainLine } from '../text/wrap.ts';
import { describeFinish, describeProgress, describeRetry, describeRun } from './event-line.ts';
import { listAnnotations } from './github-annotations.ts';
import { appendOutputs, appendSummary } from './github-files.ts';
import { createGroups } from './github-groups.ts';
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
}

/**
 * For a GitHub Actions log: one folded group a step, annotations for what failed, a table in the step summary and the
 * outcome as step outputs. Lines of tools cannot act as workflow commands.
 */
export function createGithubReporter(options: GithubReporterOptions): Reporter {
  const { write, environment, randomToken } = options;
  const events: RunEvent[] = [];
  const groups = createGroups({ write, randomToken });
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
    showEvent(event, groups);
    if (event.type === 'run-finished') {
      groups.close();
      for (const annotation of listAnnotations(events)) write(annotation);
    }
  };
  const close = async (): Promise<void> => {
    groups.close();
    await appendSummary(environment.GITHUB_STEP_SUMMARY, events);
    await appendOutputs(environment.GITHUB_OUTPUT, events, randomToken);
  };
  return { emit, close };
}

function showEvent(event: RunEvent, groups: ReturnType<typeof createGroups>): void {
  switch (event.type) {
    case 'run-started':
      groups.name(new Map(event.plan.steps.map((step) => [step.id, `${step.stage}: ${step.summary}`])));
      groups.note(plainLine(describeRun(event.plan, event.resumed)));
      return;
    case 'step-started':
      groups.start(event.stepId);
      return;
    case 'step-log':
      groups.line(event.stepId, clipLine(plainLine(event.line)));
      return;
    case 'step-progress':
      if (event.done === event.total) groups.line(event.stepId, describeProgress(event));
      return;
    case 'step-retrying':
      groups.line(event.stepId, plainLine(describeRetry(event)));
      return;
    case 'step-finished':
      groups.finish(event.stepId, clipLine(plainLine(describeFinish(event, NO_PAINT))));
      return;
    case 'heartbeat':
      groups.note(`still running after ${formatDuration(event.elapsedMs)}: ${event.running.join(', ')}`);
      return;
    case 'cancelling':
      groups.note(`stopping: ${plainLine(event.because)}`);
      return;
    case 'run-finished':
      return;
  }
}
