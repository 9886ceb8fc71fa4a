import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';

/** Tells one process from a later one with the same id. Null where the system does not tell. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** Start of the process in clock ticks since boot (field 22 of /proc/<pid>/stat). */
  readonly startTicks: string | null;
  readonly bootId: string | null;
  /** Process ids mean something only inside their namespace (containers). */
  readonly pidNamespace: string | null;
}

export const processIdentitySchema = z.object({
  pid: z.number().int().positive(),
  host: z.string(),
  startTicks: z.string().nullable(),
  bootId: z.string().nullable(),
  pidNamespace: z.string().nullable(),
});

/** `unknown`: the process runs on another host or in another container, so nobody here can tell. */
export type Liveness = 'alive' | 'gone' | 'unknown';

/** This process. */
export function ownIdentity(): ProcessIdentity {
  return {
    pid: process.pid,
    host: hostname(),
    startTicks: readStat(process.pid)?.startTicks ?? null,
    bootId: orNull(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    pidNamespace: ownPidNamespace(),
  };
}

/** Digits that name this process's pid namespace; null off Linux. */
export function ownPidNamespace(): string | null {
  return orNull(() => readlinkSync('/proc/self/ns/pid').replace(/\D/g, ''));
}

/** Whether the process with that identity still runs. */
export function judgeProcess(identity: ProcessIdentity, self: ProcessIdentity = ownIdentity()): Liveness {
  if (identity.host !== self.host) return 'unknown';
  if (identity.bootId !== self.bootId) return 'gone';
  if (identity.pidNamespace !== self.pidNamespace) return 'unknown';
  if (!isRunning(identity.pid)) return 'gone';
  const stat = readStat(identity.pid);
  if (stat === undefined) return 'alive';
  // A zombie answers signals but will never write again.
  if (stat.state === 'Z' || stat.state === 'X') return 'gone';
  return identity.startTicks === null || identity.startTicks === stat.startTicks ? 'alive' : 'gone';
}

/** Whether any process has this id now. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function readStat(pid: number): { readonly state: string; readonly startTicks: string } | undefined {
  const text = orNull(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  if (text === null) return undefined;
  // Field 2 is the program's name in parentheses and may hold spaces and parentheses itself.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields[0], fields[19]];
  return state === undefined || startTicks === undefined ? undefined : { state, startTicks };
}

/** The answer of a /proc read; null where the system has no such file. */
function orNull(read: () => string): string | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return null;
    throw error;
  }
}
