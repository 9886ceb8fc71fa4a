import { createLineRedaction, type LineRedaction, type Redactor, type RunEvent } from '@osrel/core';

type StepLog = RunEvent & { readonly type: 'step-log' };

/** Characters after which waiting lines are handed on even within one turn of the event loop. */
const LARGEST_BATCH = 262_144;

/** Log lines of all steps on their way through the redactor. */
export interface RedactedLogs {
  /** Takes a line; it is given on at the end of this turn of the event loop, together with those that come with it. */
  readonly take: (event: StepLog) => void;
  /** Gives on what was taken, except what may be the beginning of a secret of several lines. */
  readonly flush: () => void;
  /** Gives on everything of a step; without a step, of all. */
  readonly end: (stepId?: string) => void;
}

interface StepLines {
  readonly redaction: LineRedaction;
  waiting: StepLog[];
  latest: StepLog;
}

/** Hides secrets in log lines, a batch of them at once. Line by line it would cost most of the time of a fast build. */
export function createRedactedLogs(
  redactor: Pick<Redactor, 'stream'>,
  give: (event: StepLog) => void,
): RedactedLogs {
  const steps = new Map<string, StepLines>();
  let waitingLength = 0;
  let isScheduled = false;

  const giveLines = (lines: readonly string[], stamps: readonly StepLog[], latest: StepLog): void => {
    // Where a secret of several lines went, nobody can tell which line came from which event any more.
    const isAligned = lines.length === stamps.length;
    lines.forEach((line, index) => {
      const event = (isAligned ? stamps[index] : latest) ?? latest;
      give(event.line === line ? event : { ...event, line });
    });
  };
  const flushStep = (step: StepLines): void => {
    if (step.waiting.length === 0) return;
    const stamps = step.waiting;
    step.waiting = [];
    const came = stamps.map(({ line }) => line);
    const lines = step.redaction.push(came);
    if (lines === came) for (const event of stamps) give(event);
    else giveLines(lines, stamps, step.latest);
  };
  const flush = (): void => {
    waitingLength = 0;
    for (const step of steps.values()) flushStep(step);
  };
  return {
    take(event) {
      const step = steps.get(event.stepId);
      if (step === undefined) {
        const redaction = createLineRedaction(redactor);
        steps.set(event.stepId, { redaction, waiting: [event], latest: event });
      } else {
        step.waiting.push(event);
        step.latest = event;
      }
      waitingLength += event.line.length;
      if (waitingLength > LARGEST_BATCH) return flush();
      if (isScheduled) return;
      isScheduled = true;
      queueMicrotask(() => {
        isScheduled = false;
        flush();
      });
    },
    flush,
    end(stepId) {
      flush();
      for (const [id, { redaction, latest }] of steps) {
        if (stepId !== undefined && id !== stepId) continue;
        giveLines(redaction.end(), [], latest);
        steps.delete(id);
      }
    },
  };
}
