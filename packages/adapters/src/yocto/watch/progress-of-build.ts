import type { BuildProgress } from '@osrel/core';
import type { BuildRecord } from './build-record.ts';
import type { BuildTally } from './build-tally.ts';
import { estimateRemainingMs } from './estimate-remaining.ts';
import { isSetsceneTask } from './task-reference.ts';

export interface ToldBuild {
  readonly byEvents: BuildTally;
  readonly byConsole: BuildTally;
  /** Milliseconds, by the clock that dated what was told. */
  readonly nowMs: number;
  /** Undefined: no remaining time is told. */
  readonly history: BuildRecord | undefined;
}

/**
 * How far the current bitbake call is. The event log tells it once it knows as many calls as the console: it comes a
 * little later, and one of several calls may write none.
 */
export function progressOfBuild({ byEvents, byConsole, nowMs, history }: ToldBuild): BuildProgress {
  const isByEvents = byEvents.calls() > 0 && byEvents.calls() >= byConsole.calls();
  const told = isByEvents ? byEvents : byConsole;
  const running = told.tasks
    .running()
    .map(({ recipe, task, startedMs }) => ({ recipe, task, ageMs: Math.max(0, nowMs - startedMs) }));
  const { setscene, tasks } = told.counts();
  const firstTaskMs = told.tasks.firstTaskMs();
  return {
    activity: told.activity(),
    parsing: told.parsing(),
    setscene,
    tasks,
    failedTasks: Math.max(countFailed(byEvents), countFailed(byConsole)),
    running: running.map(({ recipe, task, ageMs }) => ({ name: `${recipe} ${task}`, ageMs })),
    sharedState: byEvents.sharedState() ?? byConsole.sharedState(),
    remainingMs:
      history === undefined || tasks === null || firstTaskMs === null
        ? null
        : estimateRemainingMs(history, {
            tasks,
            setscene,
            sharedState: told.sharedState(),
            timed: told.tasks.timed(),
            running,
            workedMs: Math.max(0, nowMs - firstTaskMs),
          }),
  };
}

/** A setscene task that failed is done as a real one. */
function countFailed(tally: BuildTally): number {
  return tally.tasks.failed().filter(({ task }) => !isSetsceneTask(task)).length;
}
