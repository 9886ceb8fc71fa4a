import type { OsrelError } from '@osrel/core';
import type { FailedTask } from '../build-watch.ts';

/** What there is to tell a cause from. All lines are cut, so no search in them can take long. */
export interface Evidence {
  /** The first real task that failed; undefined: the build ended before or beside its tasks. */
  readonly failed: FailedTask | undefined;
  /** Lines of the build's errors; with a failed task, only those that may concern it. */
  readonly errors: readonly string[];
  /** The last lines of the failed task's log. */
  readonly log: readonly string[];
  readonly wasInterrupted: boolean;
}

/** Recognises one cause; its error carries code, sentence and next move. */
export type Cause = (evidence: Evidence) => OsrelError | undefined;

/** The first match of the pattern in these lines, the last line first: what came last is nearest to the failure. */
export function findLast(lines: readonly string[], pattern: RegExp): RegExpExecArray | undefined {
  for (const line of lines.toReversed()) {
    const match = pattern.exec(line);
    if (match !== null) return match;
  }
  return undefined;
}

/** The first match of the pattern in these lines. */
export function findFirst(lines: readonly string[], pattern: RegExp): RegExpExecArray | undefined {
  for (const line of lines) {
    const match = pattern.exec(line);
    if (match !== null) return match;
  }
  return undefined;
}

/** `hello-1.0-r0 do_compile`. */
export function nameOfTask({ recipe, task }: FailedTask): string {
  return `${recipe} ${task}`;
}
