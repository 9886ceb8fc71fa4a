import type { RunEvent } from './run-event.ts';

/** Lines of one step that came at once. They tell what as many `step-log` events tell, for a fraction of the time. */
export interface StepLines {
  /** ISO 8601. */
  readonly at: string;
  readonly runId: string;
  readonly stepId: string;
  /** Whole lines, each with a line feed at its end; never empty. Only the last may end with `CUT_MARK`. */
  readonly text: string;
}

/** Receives lines in order, also relative to the run events; like an `EventSink` it must not throw and must not block. */
export type LinesSink = (lines: StepLines) => void;

/** The lines of a text in which each ends with a line feed; without these ends. */
export function listLines(text: string): readonly string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** The same as run events, one a line, for those who want nothing else. */
export function listLogEvents({ text, ...stamp }: StepLines): readonly RunEvent[] {
  return listLines(text).map((line) => ({ ...stamp, type: 'step-log', line }));
}
