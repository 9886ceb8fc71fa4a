import {
  CUT_MARK,
  createLineRedaction,
  type LineRedaction,
  listLines,
  type Redactor,
  type RunEvent,
  type StepLines,
} from '@osrel/core';

type StepLog = RunEvent & { readonly type: 'step-log' };

/** Characters after which waiting lines are handed on even within one turn of the event loop. */
const LARGEST_BATCH = 262_144;

/** Log lines of all steps on their way through the redactor. */
export interface RedactedLogs {
  /** Takes a line; it is given on at the end of this turn of the event loop, together with those that come with it. */
  readonly take: (event: StepLog) => void;
  /** Takes lines that came at once, and gives them on at once. */
  readonly takeLines: (lines: StepLines) => void;
  /** Gives on what was taken, except what may be the beginning of a secret of several lines. */
  readonly flush: () => void;
  /** Gives on everything of a step; without a step, of all. */
  readonly end: (stepId?: string) => void;
}

/** Who gets the lines without secrets. */
export interface RedactedLogSinks {
  readonly give: (event: StepLog) => void;
  readonly giveLines: (lines: StepLines) => void;
}

/** When and where a line was printed. */
type Stamp = Pick<StepLines, 'at' | 'runId' | 'stepId'>;

interface StepState {
  readonly redaction: LineRedaction;
  waiting: StepLog[];
  latest: Stamp;
}

/** Hides secrets in log lines, a batch of them at once. Line by line it would cost most of the time of a fast build. */
export function createRedactedLogs(
  redactor: Pick<Redactor, 'stream'>,
  { give, giveLines }: RedactedLogSinks,
): RedactedLogs {
  const steps = new Map<string, StepState>();
  let waitingLength = 0;
  let isScheduled = false;

  const stateAt = (stamp: Stamp): StepState => {
    const state = steps.get(stamp.stepId) ?? {
      redaction: createLineRedaction(redactor),
      waiting: [],
      latest: stamp,
    };
    steps.set(stamp.stepId, state);
    state.latest = stamp;
    return state;
  };
  const giveSingly = (text: string, stamps: readonly Stamp[], latest: Stamp): void => {
    const lines = listLines(text);
    // Where a secret of several lines went, nobody can tell which line came from which event any more.
    const isAligned = lines.length === stamps.length;
    for (const [index, line] of lines.entries()) {
      const { at, runId, stepId } = (isAligned ? stamps[index] : latest) ?? latest;
      give({ type: 'step-log', at, runId, stepId, line });
    }
  };
  const flushStep = (state: StepState): void => {
    if (state.waiting.length === 0) return;
    const events = state.waiting;
    state.waiting = [];
    const text = `${events.map(({ line }) => line).join('\n')}\n`;
    const told = state.redaction.push(text);
    if (told !== text) giveSingly(told, events, state.latest);
    else for (const event of events) give(event);
  };
  const flush = (): void => {
    waitingLength = 0;
    for (const state of steps.values()) flushStep(state);
  };
  return {
    take(event) {
      const state = stateAt(event);
      state.waiting.push(event);
      if (event.line.endsWith(CUT_MARK)) return flushStep(state);
      waitingLength += event.line.length;
      if (waitingLength > LARGEST_BATCH) return flush();
      if (isScheduled) return;
      isScheduled = true;
      queueMicrotask(() => {
        isScheduled = false;
        flush();
      });
    },
    takeLines(lines) {
      const state = stateAt(lines);
      flushStep(state);
      const text = state.redaction.push(lines.text);
      if (text !== '') giveLines({ ...lines, text });
    },
    flush,
    end(stepId) {
      flush();
      for (const [id, { redaction, latest }] of steps) {
        if (stepId !== undefined && id !== stepId) continue;
        giveSingly(redaction.end(), [], latest);
        steps.delete(id);
      }
    },
  };
}
