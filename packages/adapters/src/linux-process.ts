import { readdir, readFile, readlink } from 'node:fs/promises';
import { relative, sep } from 'node:path';

/** A process id that cannot be mistaken for a later process with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after boot at which it started. */
  readonly startTicks: number;
  readonly bootId: string;
}

/** What /proc tells of a process; one that ended but was not collected (a zombie) is none. */
export interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly hasTerminal: boolean;
  readonly startTicks: number;
  /** At most 15 characters; a program may choose it. */
  readonly name: string;
  readonly arguments: readonly string[];
  /** Absolute path; undefined for a process of another user, or one that ended meanwhile. */
  readonly workingDirectory: string | undefined;
}

type ProcessStatus = Omit<RunningProcess, 'arguments' | 'workingDirectory'>;

/** Everything that runs now; empty where the system has no /proc. */
export async function listProcesses(): Promise<readonly RunningProcess[]> {
  const found = await Promise.all(
    (await listPids()).map(async (pid) => {
      const status = await readStatus(pid);
      if (status === undefined) return undefined;
      const [commandLine, workingDirectory] = await Promise.all([
        readProc(`/proc/${pid}/cmdline`),
        readlink(`/proc/${pid}/cwd`).catch(() => undefined),
      ]);
      return { ...status, arguments: splitWords(commandLine ?? ''), workingDirectory };
    }),
  );
  return found.filter((process) => process !== undefined);
}

/** The identity of a running process; undefined when it does not run or the system has no /proc. */
export async function findProcess(pid: number): Promise<ProcessIdentity | undefined> {
  const [status, bootId] = await Promise.all([readStatus(pid), findBootId()]);
  return status === undefined || bootId === undefined
    ? undefined
    : { pid, startTicks: status.startTicks, bootId };
}

export async function isSameProcessRunning(identity: ProcessIdentity): Promise<boolean> {
  const found = await findProcess(identity.pid);
  return found !== undefined && found.startTicks === identity.startTicks && found.bootId === identity.bootId;
}

/**
 * Running members of the process group that `leader` made, as long as they work in `folder`. The leader itself may
 * have ended: the group keeps its number while it has members; the folder and the start time tell ours from others.
 */
export async function listGroup(leader: ProcessIdentity, folder: string): Promise<readonly number[]> {
  if ((await findBootId()) !== leader.bootId) return [];
  const members = await Promise.all(
    (await listPids()).map(async (pid) => {
      const status = await readStatus(pid);
      if (status?.group !== leader.pid || status.startTicks < leader.startTicks) return undefined;
      return (await worksIn(pid, folder)) ? pid : undefined;
    }),
  );
  return members.filter((pid) => pid !== undefined);
}

/** Whether a process group has a member that runs; undefined where the system has no /proc. */
export async function isGroupRunning(group: number): Promise<boolean | undefined> {
  const pids = await listPids();
  if (pids.length === 0) return undefined;
  const members = await Promise.all(pids.map(async (pid) => (await readStatus(pid))?.group === group));
  return members.includes(true);
}

/** Running processes in `folder` that were started with this line, `NAME=value`, in their environment. */
export async function listStartedWith(variable: string, folder: string): Promise<readonly number[]> {
  const members = await Promise.all(
    (await listPids()).map(async (pid) => {
      const environment = await readProc(`/proc/${pid}/environ`);
      return environment?.split('\0').includes(variable) === true && (await worksIn(pid, folder))
        ? pid
        : undefined;
    }),
  );
  return members.filter((pid) => pid !== undefined);
}

/** Whether a path is a folder or lies below it; both absolute and without links. */
export function isAtOrBelow(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`);
}

/** Tells one start of the machine from another; undefined where the system has no /proc. */
export async function findBootId(): Promise<string | undefined> {
  return (await readProc('/proc/sys/kernel/random/boot_id'))?.trim();
}

async function listPids(): Promise<readonly number[]> {
  const names = await readdir('/proc').catch(() => []); // no Linux
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

async function worksIn(pid: number, folder: string): Promise<boolean> {
  try {
    return isAtOrBelow(await readlink(`/proc/${pid}/cwd`), folder);
  } catch {
    // It ended meanwhile, or belongs to another user: not ours to stop.
    return false;
  }
}

async function readStatus(pid: number): Promise<ProcessStatus | undefined> {
  const text = await readProc(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The name in parentheses may hold anything, also parentheses; the fields after it are numbers.
  const nameEnd = text.lastIndexOf(')');
  const [state = '', ...numbers] = text.slice(nameEnd + 2).split(' ');
  if (state === 'Z' || state === 'X') return undefined;
  const [parent = 0, group = 0, session = 0, terminal = 0] = numbers.map(Number);
  return {
    pid,
    parent,
    group,
    session,
    hasTerminal: terminal !== 0,
    startTicks: Number(numbers[18]),
    name: text.slice(text.indexOf('(') + 1, nameEnd),
  };
}

function splitWords(commandLine: string): readonly string[] {
  return commandLine === '' ? [] : commandLine.replace(/\0$/, '').split('\0');
}

/** It ended between open and read, or belongs to another user on a machine that hides those. */
const UNREADABLE: ReadonlySet<unknown> = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM']);

async function readProc(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && UNREADABLE.has(error.code)) return undefined;
    throw error;
  }
}
