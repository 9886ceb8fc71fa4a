import { listLines, type RunEvent, type StepLines } from '@osrel/core';
import { clipLine, plainLine } from '../text/wrap.ts';
import { isErrorLine } from './build-lines.ts';

/** An error that the tool of a build printed. */
export interface BuildComplaint {
  readonly stepId: string;
  readonly text: string;
}

/** More are the consequences of the first ones. */
const KEPT = 8;
const LONGEST_BYTES = 1000;
/** They say where to look or count what was said before. */
const EMPTY_WORDS =
  /^ERROR: (?:Logfile of failure stored in|Task \(|Parsing halted due to errors|Command execution failed)/;

/** Gathers the first errors of builds, each once. */
export function createBuildComplaints() {
  const builds = new Set<string>();
  const kept = new Map<string, BuildComplaint>();
  const hear = (stepId: string, line: string): void => {
    if (kept.size >= KEPT || !builds.has(stepId)) return;
    const text = clipLine(plainLine(line), LONGEST_BYTES);
    if (isErrorLine(text) && !EMPTY_WORDS.test(text)) kept.set(text, { stepId, text });
  };
  return {
    see: (event: RunEvent): void => {
      if (event.type === 'run-started') {
        for (const step of event.plan.steps) if (step.kind === 'build-service') builds.add(step.id);
      }
      if (event.type === 'step-log') hear(event.stepId, event.line);
    },
    seeLines: ({ stepId, text }: StepLines): void => {
      // Colours may stand around these words, not inside them.
      if (!text.includes('ERROR') && !text.includes('FATAL')) return;
      for (const line of listLines(text)) hear(stepId, line);
    },
    list: (): readonly BuildComplaint[] => [...kept.values()],
  };
}
