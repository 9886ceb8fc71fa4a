import type { BuildProgress, RunEvent, SuiteProgress } from '@osrel/core';

type Progress = RunEvent & { readonly type: 'step-progress' };

const EVERY_MS = 10_000;
/** For a build in which nothing moves but time, such as one long compilation. */
const UNCHANGED_EVERY_MS = 30_000;

interface Shown {
  readonly elapsedMs: number;
  readonly activity: BuildProgress['activity'] | SuiteProgress['activity'] | undefined;
  readonly state: string;
}

/**
 * Tells which progress events a log of lines shows: of each step one every ten seconds at most, one every thirty while
 * only time passes in a build or suite, and the first of every activity of these at once.
 */
export function createProgressPace(): (event: Progress, elapsedMs: number) => boolean {
  const last = new Map<string, Shown>();
  return (event, elapsedMs) => {
    const shown = last.get(event.stepId);
    const now = {
      elapsedMs,
      activity: event.build?.activity ?? event.suite?.activity,
      state: stateOf(event),
    };
    if (shown !== undefined && !isDue(shown, now)) return false;
    last.set(event.stepId, now);
    return true;
  };
}

function isDue(shown: Shown, now: Shown): boolean {
  if (now.activity !== shown.activity) return true;
  const isChanged = now.activity === undefined || now.state !== shown.state;
  return now.elapsedMs - shown.elapsedMs >= (isChanged ? EVERY_MS : UNCHANGED_EVERY_MS);
}

/** Everything but ages and estimates. */
function stateOf({ done, total, build, suite }: Progress): string {
  if (suite !== undefined) return JSON.stringify(suite);
  if (build === undefined) return '';
  const { parsing, setscene, tasks, failedTasks, running, sharedState } = build;
  const names = running.map((task) => task.name);
  return JSON.stringify([done, total, parsing, setscene, tasks, failedTasks, names, sharedState]);
}
