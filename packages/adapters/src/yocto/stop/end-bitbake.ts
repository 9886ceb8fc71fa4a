import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { conflict } from '@osrel/core';
import { findBootId, listProcesses, type ProcessIdentity, type RunningProcess } from '../../linux-process.ts';
import type { ProcessSignals } from '../../program-runner.ts';
import { type BitbakeProcess, findBitbakeProcesses } from './find-bitbake-processes.ts';
import { sendIfRunning } from './send-if-running.ts';

const KILL_AFTER_MS = 5_000;
const POLL_MS = 50;

export interface BitbakeEnding {
  /** Absolute path. */
  readonly buildDirectory: string;
  /** What `listBitbake` gave before the build: a server that the user started stays, and so does what it keeps. */
  readonly spared: readonly ProcessIdentity[];
  /** Process group of the front end; clients elsewhere are a user's own and are left alone. Null: not known. */
  readonly leader: number | null;
  readonly signals: ProcessSignals;
  /** Milliseconds in which all may end by itself first, as a server does after its client; default 0. */
  readonly patienceMs?: number;
  /** Milliseconds between SIGTERM and SIGKILL; default 5000. */
  readonly killAfterMs?: number;
}

/** What works on a build folder now, to be spared later. */
export async function listBitbake(buildDirectory: string): Promise<readonly ProcessIdentity[]> {
  const [found, bootId] = await Promise.all([findBitbakeProcesses(buildDirectory), findBootId()]);
  return found.map(({ pid, startTicks }) => ({ pid, startTicks, bootId: bootId ?? '' }));
}

/**
 * Ends what a build left running in its build folder: clients, server, workers and tasks get SIGTERM, then SIGKILL,
 * until none is left; bitbake.lock is free when it returns. May be called any number of times. Gives the ids of the
 * processes that had to be stopped. While a client of somebody else waits for the folder or works in it, only what
 * the front end started itself is stopped. Throws conflict `build.orphan` when a process survives.
 */
export async function endBitbake(ending: BitbakeEnding): Promise<readonly number[]> {
  const { signals, patienceMs = 0, killAfterMs = KILL_AFTER_MS } = ending;
  const bootId = (await findBootId()) ?? '';
  const sessions = new Set<number>();
  const look = () => listLeft(ending, bootId, sessions);
  let left = await waitForEnd(look, patienceMs);
  const stopped = new Set<number>();
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const told = new Set<number>();
    for (let waitedMs = 0; left.length > 0 && waitedMs < killAfterMs; waitedMs += POLL_MS) {
      for (const { pid } of left) {
        stopped.add(pid);
        // Again and again for what a dying server may have started meanwhile, but once to each.
        if (!told.has(pid)) sendIfRunning(signals, pid, signal);
        told.add(pid);
      }
      await sleep(POLL_MS);
      left = await look();
    }
  }
  if (left.length > 0) throw cannotStop(ending.buildDirectory, left);
  if (stopped.size > 0) await waitForLock(ending.buildDirectory, killAfterMs);
  return [...stopped];
}

/** A process may be gone from sight while its last thread still holds the lock. */
async function waitForLock(buildDirectory: string, longestMs: number): Promise<void> {
  for (let waitedMs = 0; waitedMs < longestMs; waitedMs += POLL_MS) {
    if (!(await isLocked(buildDirectory))) return;
    // A server that stays keeps its lock.
    if ((await findBitbakeProcesses(buildDirectory)).some(({ role }) => role === 'server')) return;
    await sleep(POLL_MS);
  }
}

/** Whether anybody holds bitbake.lock, by the kernel's list of locks; false where there is none. */
async function isLocked(buildDirectory: string): Promise<boolean> {
  const [file, locks] = await Promise.all([
    stat(join(buildDirectory, 'bitbake.lock')).catch(() => undefined),
    readFile('/proc/locks', 'utf8').catch(() => ''),
  ]);
  return file !== undefined && new RegExp(`:${file.ino} `).test(locks);
}

async function waitForEnd(
  look: () => Promise<readonly RunningProcess[]>,
  patienceMs: number,
): Promise<readonly RunningProcess[]> {
  let left = await look();
  for (let waitedMs = 0; left.length > 0 && waitedMs < patienceMs; waitedMs += POLL_MS) {
    await sleep(POLL_MS);
    left = await look();
  }
  return left;
}

/** `sessions` remembers those of what is ended: what a killed worker leaves behind has nothing else in common with it. */
async function listLeft(
  { buildDirectory, spared, leader, signals }: BitbakeEnding,
  bootId: string,
  sessions: Set<number>,
): Promise<readonly RunningProcess[]> {
  const found = await findBitbakeProcesses(buildDirectory);
  const isSpared = ({ pid, startTicks }: RunningProcess): boolean =>
    spared.some((each) => each.pid === pid && each.startTicks === startTicks && each.bootId === bootId);
  const isForeign = ({ role, group }: BitbakeProcess): boolean =>
    role === 'client' && leader !== null && group !== leader;
  const keepsServer = found.some((each) => each.role === 'server' && isSpared(each));
  const keepsAll = found.some((each) => isForeign(each) && !isSpared(each));
  const ending = found.filter((each) => {
    if (isSpared(each) || isForeign(each) || each.pid === signals.ownPid) return false;
    if (each.role === 'client') return true;
    return !keepsAll && !(keepsServer && each.role === 'server');
  });
  const isEnding = new Set(ending.map(({ pid }) => pid));
  const kept = new Set(
    found.filter(({ pid, role }) => role === 'client' || !isEnding.has(pid)).map(({ session }) => session),
  );
  for (const { session } of ending) if (!kept.has(session)) sessions.add(session);
  const known = new Set(found.map(({ pid }) => pid));
  const stragglers = (await listProcesses()).filter(
    (each) => sessions.has(each.session) && !known.has(each.pid),
  );
  return [...ending, ...stragglers];
}

function cannotStop(buildDirectory: string, left: readonly RunningProcess[]): Error {
  const pids = left.map(({ pid }) => pid);
  return conflict(
    'build.orphan',
    `bitbake still runs in ${buildDirectory} and cannot be stopped: process ${pids.join(', ')}`,
    { hint: `look at it with: ps -fp ${pids.join(',')}`, details: { pids } },
  );
}
