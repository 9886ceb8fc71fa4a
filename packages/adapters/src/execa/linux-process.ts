import { readdir, readFile, readlink } from 'node:fs/promises';
import { relative, sep } from 'node:path';

/** A process id that cannot be mistaken for a later process with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after boot at which it started. */
  readonly startTicks: number;
  readonly bootId: string;
}

interface ProcessStatus {
  readonly state: string;
  readonly group: number;
  readonly startTicks: number;
}

/** The identity of a running process; undefined when it does not run or the system has no /proc. */
export async function findProcess(pid: number): Promise<ProcessIdentity | undefined> {
  const [status, bootId] = await Promise.all([readStatus(pid), readBootId()]);
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
  if ((await readBootId()) !== leader.bootId) return [];
  const members = await Promise.all(
    (await listPids()).map(async (pid) => {
      const status = await readStatus(pid);
      if (status?.group !== leader.pid || status.startTicks < leader.startTicks) return undefined;
      return (await worksIn(pid, folder)) ? pid : undefined;
    }),
  );
  return members.filter((pid) => pid !== undefined);
}

/** Running processes in `folder` that were started with this line, `NAME=value`, in their environment. */
export async function listStartedWith(variable: string, folder: string): Promise<readonly number[]> {
  const members = await Promise.all(
    (await listPids()).map(async (pid) => {
      const environment = await readProc(`/proc/${pid}/environ`).catch(() => undefined); // another user's
      return environment?.split('\0').includes(variable) === true && (await worksIn(pid, folder))
        ? pid
        : undefined;
    }),
  );
  return members.filter((pid) => pid !== undefined);
}

async function listPids(): Promise<readonly number[]> {
  const names = await readdir('/proc').catch(() => []); // no Linux
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

async function worksIn(pid: number, folder: string): Promise<boolean> {
  try {
    const path = relative(folder, await readlink(`/proc/${pid}/cwd`));
    return path !== '..' && !path.startsWith(`..${sep}`);
  } catch {
    // It ended meanwhile, or belongs to another user: not ours to stop.
    return false;
  }
}

async function readStatus(pid: number): Promise<ProcessStatus | undefined> {
  const text = await readProc(`/proc/${pid}/stat`);
  // The name in parentheses may hold anything, also parentheses; the fields after it are numbers.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  if (fields === undefined) return undefined;
  const state = fields[0] ?? '';
  if (state === 'Z' || state === 'X') return undefined;
  return { state, group: Number(fields[2]), startTicks: Number(fields[19]) };
}

async function readBootId(): Promise<string | undefined> {
  return (await readProc('/proc/sys/kernel/random/boot_id'))?.trim();
}

async function readProc(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    // ESRCH: the process ended between open and read.
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) {
      return undefined;
    }
    throw error;
  }
}
