import type { FailedTask, TimedTask } from '../build-watch.ts';
import { mayComeFrom } from './task-reference.ts';

/** All failed tasks that either source knows, the event log's first; a log that only the console names is taken over. */
export function mergeFailedTasks(
  byEvents: readonly FailedTask[],
  byConsole: readonly FailedTask[],
): readonly FailedTask[] {
  const left = [...byConsole];
  const known = byEvents.map((failed) => {
    const index = left.findIndex((each) => isSame(each, failed));
    const [same] = index === -1 ? [] : left.splice(index, 1);
    return { ...failed, logFile: failed.logFile ?? same?.logFile ?? null };
  });
  return [...known, ...left];
}

/** What the event log timed, and what only the console saw: a call that wrote no event log. */
export function mergeTimedTasks(
  byEvents: readonly TimedTask[],
  byConsole: readonly TimedTask[],
): readonly TimedTask[] {
  if (byEvents.length === 0) return byConsole;
  const known = new Set(byEvents.map(({ recipe, task }) => `${recipe} ${task}`));
  return [...byEvents, ...byConsole.filter(({ recipe, task }) => !known.has(`${recipe} ${task}`))];
}

/** One of them may have been known by its file only. */
function isSame(a: FailedTask, b: FailedTask): boolean {
  if (a.task !== b.task) return false;
  return (
    a.recipe === b.recipe ||
    mayComeFrom(a.recipe, `${b.recipe}.bb`) ||
    mayComeFrom(b.recipe, `${a.recipe}.bb`)
  );
}
