import type { BuildProgress } from '@osrel/core';
import type { TimedTask } from '../build-watch.ts';
import { type BuildRecord, taskKey } from './build-record.ts';
import type { TaskCounts, TaskName } from './build-sign.ts';
import { isSetsceneTask } from './task-reference.ts';

export interface RunningBuild {
  readonly tasks: TaskCounts;
  readonly setscene: TaskCounts | null;
  readonly sharedState: BuildProgress['sharedState'];
  /** Tasks that ended. */
  readonly timed: readonly TimedTask[];
  readonly running: readonly (TaskName & { readonly ageMs: number })[];
  /** Milliseconds since the first real task began. */
  readonly workedMs: number;
}

/** The speed of earlier builds counts as much as this many milliseconds of the present one. */
const EARLIER_COUNTS_MS = 60_000;

/** These bring a recipe's whole output from shared state, so its other tasks are not needed either. */
const BRINGS_RECIPE = /^do_(?:populate_sysroot|package|packagedata|package_write_(?:ipk|rpm|deb))_setscene$/;

/**
 * Milliseconds until the tasks of the current bitbake call are done; null without any duration to go by.
 *
 * A task weighs what it took the last time. What remains is the rest of the tasks that run, and the tasks still to come.
 * Those are known by number, not by name: of the recorded tasks that were neither seen yet nor come from shared state,
 * as many as the queue still counts are taken at their mean weight, and tasks beyond the record at the mean of all
 * recorded ones; only the share of the queue that does work counts. While shared state is still being fetched, the queue
 * is expected to shrink by the share of it that was found. The sum is divided by the speed: weight done since the first
 * task began, per millisecond, mixed with a minute at the speed of earlier builds. It is never less than the rest of the
 * longest running task.
 */
export function estimateRemainingMs(record: BuildRecord, build: RunningBuild): number | null {
  const weights = record.tasks;
  const all = Object.values(weights);
  if (all.length === 0) return null;
  const meanMs = sum(all) / all.length;
  const running = build.running.filter(({ task }) => !isSetsceneTask(task));
  const timed = build.timed.filter(({ task }) => !isSetsceneTask(task));
  const weigh = (task: TaskName, otherwise: number) => weights[taskKey(task)] ?? otherwise;

  const rests = running.map((task) => Math.max(0, weigh(task, meanMs) - task.ageMs));
  const doneMs =
    sum(timed.map((task) => weigh(task, task.durationMs))) +
    sum(running.map((task) => Math.min(task.ageMs, weigh(task, task.ageMs))));
  const speed = (doneMs + record.speed * EARLIER_COUNTS_MS) / (build.workedMs + EARLIER_COUNTS_MS);
  const comingMs = weightToCome(record, build, meanMs);
  const left = (sum(rests) + comingMs) / Math.max(speed, 0.01);
  return Math.round(Math.max(left, ...rests));
}

function weightToCome(record: BuildRecord, build: RunningBuild, meanMs: number): number {
  const seen = new Set([...build.timed, ...build.running].map(taskKey));
  const fetched = new Set(
    build.timed.filter(({ task }) => BRINGS_RECIPE.test(task)).map((task) => recipeOf(taskKey(task))),
  );
  const unseen = Object.entries(record.tasks).filter(
    ([key]) => !seen.has(key) && !fetched.has(recipeOf(key)),
  );
  const unseenMs = sum(unseen.map(([, durationMs]) => durationMs));
  const running = build.running.filter(({ task }) => !isSetsceneTask(task)).length;
  const queued = Math.max(0, build.tasks.total - build.tasks.done - running);
  const expected = queued * record.timedShare * shareWithoutSharedState(build);
  if (expected <= unseen.length) return unseen.length === 0 ? 0 : (unseenMs * expected) / unseen.length;
  return unseenMs + (expected - unseen.length) * meanMs;
}

/** Once all of it was fetched, the queue itself has left out what it made needless. */
function shareWithoutSharedState({ setscene, sharedState }: RunningBuild): number {
  if (sharedState === null || sharedState.wanted === 0) return 1;
  if (setscene === null || setscene.done >= setscene.total) return 1;
  return Math.max(0, 1 - sharedState.found / sharedState.wanted);
}

const recipeOf = (key: string): string => key.slice(0, key.lastIndexOf(' '));

function sum(each: readonly number[]): number {
  return each.reduce((total, one) => total + one, 0);
}
