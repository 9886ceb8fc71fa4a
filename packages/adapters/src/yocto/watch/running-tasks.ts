import type { TimedTask } from '../build-watch.ts';
import type { BuildSign, TaskName } from './build-sign.ts';
import { createNamePool } from './create-name-pool.ts';
import { createFailedTasks, type FailedTasks } from './failed-tasks.ts';
import { isSetsceneTask, mayComeFrom } from './task-reference.ts';

const MAX_RUNNING = 1000;
const MAX_TIMED = 50_000;

export interface StartedTask extends TaskName {
  /** By this machine's clock: for its age. */
  readonly startedMs: number;
}

/** The tasks of a build that run, ended or failed, as one source tells. */
export interface RunningTasks {
  readonly take: (sign: BuildSign) => void;
  /** Notes that the queue starts a task; answers how many of its kind were running before. */
  readonly queued: (isSetscene: boolean, isEmpty: boolean) => number;
  /** A new bitbake call begins: what still ran has ended with the one before. */
  readonly startCall: () => void;
  /** When the first real task began, by this machine's clock; null: none yet. */
  readonly firstTaskMs: () => number | null;
  /** The longest running first. */
  readonly running: () => readonly StartedTask[];
  readonly timed: () => readonly TimedTask[];
  readonly failed: FailedTasks['list'];
}

interface Running extends StartedTask {
  /** By the build's own clock, where it tells. */
  readonly atMs: number | null;
}

/** `now` gives milliseconds. */
export function createRunningTasks(now: () => number): RunningTasks {
  const running = new Map<string, Running>();
  const timed: TimedTask[] = [];
  const failed = createFailedTasks();
  const keep = createNamePool();
  const open = { setscene: 0, tasks: 0 };
  let call = 0;
  let firstTaskMs: number | null = null;

  const start = ({ recipe, task }: TaskName, startedMs: number, atMs: number | null): void => {
    if (running.size >= MAX_RUNNING) return;
    const kept = { recipe: keep(recipe), task: keep(task), startedMs, atMs };
    if (firstTaskMs === null && !isSetsceneTask(kept.task)) firstTaskMs = startedMs;
    running.set(keyOf(kept), kept);
  };

  const end = (sign: Extract<BuildSign, { kind: 'task-ended' }>): void => {
    const key = keyOf(sign);
    const started = running.get(key);
    if (started !== undefined) running.delete(key);
    const kind = isSetsceneTask(sign.task) ? 'setscene' : 'tasks';
    open[kind] = Math.max(0, open[kind] - 1);
    if (sign.result === 'failed') failed.failed(call, keep(sign.recipe), keep(sign.task), sign.logFile);
    if (started === undefined || timed.length >= MAX_TIMED) return;
    const { recipe, task } = started;
    timed.push({ recipe, task, durationMs: durationOf(started, sign.atMs, now()) });
  };

  // Who was killed says nothing itself: the queue's word ends the task.
  const failInQueue = (file: string, task: string): void => {
    const lost = [...running.values()].find((each) => each.task === task && mayComeFrom(each.recipe, file));
    if (lost !== undefined) {
      running.delete(keyOf(lost));
      failed.failed(call, lost.recipe, lost.task, null);
    }
    failed.queueFailed(call, keep(file), keep(task));
  };

  return {
    take: (sign) => {
      if (sign.kind === 'task-started') start(sign, now(), sign.atMs);
      if (sign.kind === 'task-ended') end(sign);
      if (sign.kind === 'queue-failed') failInQueue(sign.file, sign.task);
      if (sign.kind === 'log-file') failed.logFile(call, sign.path);
      if (sign.kind === 'running-list') running.clear();
      if (sign.kind === 'running-task') start(sign, now() - sign.ageMs, null);
    },
    queued: (isSetscene, isEmpty) => {
      const kind = isSetscene ? 'setscene' : 'tasks';
      const before = open[kind];
      if (!isEmpty) open[kind] += 1;
      return before;
    },
    startCall: () => {
      call += 1;
      running.clear();
      open.setscene = 0;
      open.tasks = 0;
    },
    firstTaskMs: () => firstTaskMs,
    running: () => [...running.values()].sort((a, b) => a.startedMs - b.startedMs),
    timed: () => timed,
    failed: failed.list,
  };
}

const keyOf = ({ recipe, task }: TaskName): string => `${recipe} ${task}`;

function durationOf(started: Running, endedAtMs: number | null, nowMs: number): number {
  const durationMs =
    started.atMs !== null && endedAtMs !== null ? endedAtMs - started.atMs : nowMs - started.startedMs;
  return Math.max(0, Math.round(durationMs));
}
