import { z } from 'zod';
import type { TimedTask } from '../build-watch.ts';
import { isSetsceneTask, recipeNameOf } from './task-reference.ts';

/** More tasks than the largest build has; of more, the longest stay. */
const MAX_TASKS = 20_000;

/** A build with less work in it says nothing about this machine's speed. */
const MIN_WORK_MS = 60_000;

/** What earlier builds of one machine, target and front end took on this machine. */
export const buildRecordSchema = z.object({
  schemaVersion: z.literal(1),
  /** Milliseconds of the latest duration of each task, by `hello do_compile`: the recipe without its version. */
  tasks: z.record(z.string().max(700), z.number().nonnegative()),
  /** Milliseconds of tasks done in a millisecond: how many ran at once, on average. */
  speed: z.number().positive().max(10_000),
  /** Of the tasks that a queue counts, the share that does work and is timed; 0 to 1. */
  timedShare: z.number().min(0).max(1),
  /** Milliseconds the latest build took, successful or not. */
  totalMs: z.number().nonnegative(),
  /** Bytes the disk lost to the latest build from scratch; null: nobody measured. */
  buildBytes: z.number().nonnegative().nullable(),
});
export type BuildRecord = z.infer<typeof buildRecordSchema>;

/** A build that ended, successful or not. */
export interface EndedBuild {
  readonly timed: readonly TimedTask[];
  /** How many tasks ran, as the summary of the watch counts them. */
  readonly ran: number | null;
  readonly totalMs: number;
  /** Bytes in the build folder; null: not measured. */
  readonly buildBytes: number | null;
}

/** `hello do_compile` for a task of `hello-1.0-r0`: a new version usually takes as long as the one before. */
export function taskKey({ recipe, task }: { readonly recipe: string; readonly task: string }): string {
  return `${recipeNameOf(recipe)} ${task}`;
}

/**
 * The record with one more build in it. Tasks that did not run this time keep their durations, so that a build from
 * caches forgets nothing; speed and share come from the latest build that had a minute of work.
 */
export function addToRecord(before: BuildRecord | undefined, ended: EndedBuild): BuildRecord {
  const timed = ended.timed.filter(({ task }) => !isSetsceneTask(task));
  const workMs = timed.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const saysMuch = workMs >= MIN_WORK_MS && ended.totalMs > 0;
  const now = timed.map((task) => [taskKey(task), task.durationMs] as const);
  return {
    schemaVersion: 1,
    tasks: longest({ ...before?.tasks, ...Object.fromEntries(now) }),
    speed: saysMuch || before === undefined ? speedOf(workMs, ended.totalMs) : before.speed,
    timedShare: saysMuch || before === undefined ? shareOf(timed.length, ended.ran) : before.timedShare,
    totalMs: Math.round(ended.totalMs),
    buildBytes: ended.buildBytes ?? before?.buildBytes ?? null,
  };
}

function longest(tasks: Readonly<Record<string, number>>): Record<string, number> {
  const entries = Object.entries(tasks);
  if (entries.length <= MAX_TASKS) return { ...tasks };
  return Object.fromEntries(entries.sort(([, a], [, b]) => b - a).slice(0, MAX_TASKS));
}

function speedOf(workMs: number, totalMs: number): number {
  return totalMs > 0 && workMs > 0 ? Math.min(10_000, Math.max(0.01, workMs / totalMs)) : 1;
}

function shareOf(timed: number, ran: number | null): number {
  return ran === null || ran <= 0 || timed === 0 ? 1 : Math.min(1, timed / ran);
}
