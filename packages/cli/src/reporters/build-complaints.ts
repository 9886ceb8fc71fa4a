import type { RunEvent } from '@osrel/core';
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
  return {
    see: (event: RunEvent): void => {
      if (event.type === 'run-started') {
        for (const step of event.plan.steps) if (step.kind === 'build-service') builds.add(step.id);
      }
      if (event.type !== 'step-log' || kept.size >= KEPT || !builds.has(event.stepId)) return;
      const text = clipLine(plainLine(event.line), LONGEST_BYTES);
      if (isErrorLine(text) && !EMPTY_WORDS.test(text)) kept.set(text, { stepId: event.stepId, text });
    },
    list: (): readonly BuildComplaint[] => [...kept.values()],
  };
}
