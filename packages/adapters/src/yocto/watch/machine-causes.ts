import { toolFailed } from '@osrel/core';
import { type Cause, type Evidence, findFirst, findLast, nameOfTask } from './evidence.ts';
import { interrupted } from './interrupted-cause.ts';

const NO_SPACE = /No space left on device|Disk quota exceeded/;
const MONITOR = /disk space monitor/;
const RUNNING_LOW = /The free (?:space|inode) of ([^ ]{1,200}) /;

const KILLED =
  /^Killed$|Killed \(program (\w{1,40})\)|Killed signal terminated program (\w{1,40})|(?:virtual memory exhausted|out of memory|Cannot allocate memory|std::bad_alloc)/i;
/** Python says -9, a shell 137. */
const KILLED_EXIT = /exit code '?(?:137|-9)\b|', (?:137|-9), None/;

/** The task ended because the machine had no room or no memory left, or does not let bitbake work. */
export const MACHINE_CAUSES: readonly Cause[] = [
  diskFull,
  interruptedTask,
  outOfMemory,
  taskTimeout,
  userNamespaces,
];

/** Without a task, what ended the build may be worse than the interruption. */
function interruptedTask(evidence: Evidence) {
  return evidence.failed === undefined ? undefined : interrupted(evidence);
}

const both = ({ errors, log }: Evidence): readonly string[] => [...errors, ...log];

function diskFull(evidence: Evidence) {
  const lines = both(evidence);
  const written = findLast(lines, NO_SPACE) !== undefined;
  if (!written && findFirst(evidence.errors, MONITOR) === undefined) return undefined;
  const place = findFirst(lines, RUNNING_LOW)?.[1];
  const where = place === undefined ? '' : ` (${place})`;
  return toolFailed('build.disk-full', `the build ran out of disk space${where}`, {
    hint: 'free space there (old folders in build/tmp/work, the downloads and shared state folders), or let rm_work remove what a task no longer needs; then run the command again: finished tasks are not repeated',
  });
}

function outOfMemory(evidence: Evidence) {
  const lines = both(evidence);
  const killed = findLast(lines, KILLED);
  if (killed === undefined && findLast(lines, KILLED_EXIT) === undefined) return undefined;
  const program = killed?.[1] ?? killed?.[2];
  const what = program ?? (evidence.failed === undefined ? 'a task' : nameOfTask(evidence.failed));
  return toolFailed(
    'build.out-of-memory',
    `${what} was killed (signal 9), most likely because memory ran out`,
    {
      hint: 'run fewer tasks at once (BB_NUMBER_THREADS, PARALLEL_MAKE) or add memory or swap; the kernel log (dmesg) names what was killed',
    },
  );
}

/** 124 is what `timeout` ends with. */
const TIMED_OUT = /exit code '?124\b|', 124, None|Task timed out/;

function taskTimeout(evidence: Evidence) {
  const { failed } = evidence;
  if (failed === undefined || findLast(both(evidence), TIMED_OUT) === undefined) return undefined;
  return toolFailed('build.task-timeout', `${nameOfTask(failed)} took longer than its time limit`, {
    hint: 'look in its log for what it waited for; a machine under load may only need another try',
  });
}

function userNamespaces(evidence: Evidence) {
  const pattern =
    /User namespaces are not usable|(?:Operation not permitted|Permission denied).{0,80}uid_map|unshare: unshare failed/;
  if (findFirst(both(evidence), pattern) === undefined) return undefined;
  return toolFailed('build.user-namespaces', 'this machine does not let bitbake make user namespaces', {
    hint: 'allow them: on Ubuntu an AppArmor profile for bitbake or sysctl kernel.apparmor_restrict_unprivileged_userns=0; in a container run it privileged',
  });
}
