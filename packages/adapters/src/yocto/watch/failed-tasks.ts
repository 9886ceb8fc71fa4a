import type { FailedTask } from '../build-watch.ts';
import { keepText } from './kept-text.ts';
import { fileNameOf, isLogOf, isSetsceneTask, mayComeFrom, taskOfLog } from './task-reference.ts';

const MAX_FAILED = 1000;
const MAX_PENDING_LOGS = 100;
const MAX_PATH = 4096;

interface Failure {
  readonly call: number;
  recipe: string;
  /** Only its file is known so far. */
  isProvisional: boolean;
  readonly task: string;
  logFile: string | null;
}

/** The failed tasks of a build, in order, put together from lines that each know a part. */
export interface FailedTasks {
  /** The task of that recipe failed; `call` numbers the bitbake calls. */
  readonly failed: (call: number, recipe: string, task: string, logFile: string | null) => void;
  /** The task of the recipe of that file failed. */
  readonly queueFailed: (call: number, file: string, task: string) => void;
  /** A failed task's log is there; the line does not say whose. */
  readonly logFile: (call: number, path: string) => void;
  readonly list: () => readonly FailedTask[];
}

export function createFailedTasks(): FailedTasks {
  const failures: Failure[] = [];
  const pendingLogs: string[] = [];

  const add = (call: number, recipe: string, task: string, isProvisional: boolean): Failure => {
    const failure = { call, recipe, task, isProvisional, logFile: null };
    if (failures.length < MAX_FAILED) failures.push(failure);
    return failure;
  };

  return {
    failed: (call, recipe, task, logFile) => {
      const known = findFailure(failures, call, task, (each) =>
        each.isProvisional ? mayComeFrom(recipe, `${each.recipe}.bb`) : each.recipe === recipe,
      );
      const failure = known ?? add(call, recipe, task, false);
      failure.recipe = recipe;
      failure.isProvisional = false;
      failure.logFile ??= logFile ?? takeLog(pendingLogs, failure);
    },
    queueFailed: (call, file, task) => {
      const known = findFailure(failures, call, task, (each) =>
        each.isProvisional ? each.recipe === fileNameOf(file) : mayComeFrom(each.recipe, file),
      );
      if (known !== undefined) return;
      const failure = add(call, fileNameOf(file), task, true);
      failure.logFile = takeLog(pendingLogs, failure);
    },
    logFile: (call, path) => {
      const kept = keepText(path, MAX_PATH);
      if (pendingLogs.includes(kept) || failures.some((each) => each.logFile === kept)) return;
      const owner = findFailure(
        failures,
        call,
        taskOfLog(kept) ?? '',
        (each) => each.logFile === null && isItsLog(kept, each),
      );
      if (owner !== undefined) owner.logFile = kept;
      else if (pendingLogs.length < MAX_PENDING_LOGS) pendingLogs.push(kept);
    },
    list: () => failures.map((failure) => toFailedTask(failure, pendingLogs)),
  };
}

function findFailure(
  failures: readonly Failure[],
  call: number,
  task: string,
  matches: (failure: Failure) => boolean,
): Failure | undefined {
  return failures.find((each) => each.call === call && each.task === task && matches(each));
}

function takeLog(pendingLogs: string[], failure: Failure): string | null {
  const index = pendingLogs.findIndex((path) => taskOfLog(path) === failure.task && isItsLog(path, failure));
  return index === -1 ? null : (pendingLogs.splice(index, 1)[0] ?? null);
}

/** Of a recipe that is known by its file, the folder named like the file's first part must do. */
function isItsLog(path: string, { recipe, isProvisional }: Failure): boolean {
  if (isLogOf(path, recipe)) return true;
  return isProvisional && path.split('/').includes(recipe.split('_', 1)[0] ?? recipe);
}

/** A log that no path ties to a task belongs to the one failed task of its name, if there is only one. */
function toFailedTask({ recipe, task, logFile }: Failure, pendingLogs: readonly string[]): FailedTask {
  const loose = pendingLogs.filter((path) => taskOfLog(path) === task);
  return {
    recipe,
    task,
    logFile: logFile ?? (loose.length === 1 ? (loose[0] ?? null) : null),
    isSetscene: isSetsceneTask(task),
  };
}
