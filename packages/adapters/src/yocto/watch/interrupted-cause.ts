import { toolFailed } from '@osrel/core';
import { type Evidence, findLast } from './evidence.ts';

/** How a task ends that a signal stopped: by Python's count and by a shell's. */
const STOPPED_TASK =
  /exit code '?(?:-2|-9|-15|130|137|143)\b|', (?:-2|-9|-15|130|137|143), None|KeyboardInterrupt/;

/** Somebody stopped the build; a task that failed by itself before that is the better answer. */
export function interrupted({ wasInterrupted, failed, errors, log }: Evidence) {
  if (!wasInterrupted) return undefined;
  if (failed !== undefined && findLast([...errors, ...log], STOPPED_TASK) === undefined) return undefined;
  return toolFailed('build.interrupted', 'the build was stopped before it was done', {
    hint: 'run the same command again: finished tasks are not repeated',
  });
}
