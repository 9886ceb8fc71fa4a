import { setTimeout as sleep } from 'node:timers/promises';
import { conflict } from '@osrel/core';
import { listGroup, listStartedWith, type ProcessIdentity } from '../linux-process.ts';
import type { ProcessSignals } from '../program-runner.ts';

const KILL_AFTER_MS = 10_000;
const POLL_MS = 20;

export interface StopOrphanRequest {
  /** The program that was started in a process group of its own; null when its osrel died before noting it. */
  readonly leader: ProcessIdentity | null;
  /** `NAME=value` in the environment of the program and of what it started. */
  readonly mark: string;
  /** Absolute path; processes that work elsewhere are left alone. */
  readonly folder: string;
  readonly signals: ProcessSignals;
  readonly killAfterMs?: number;
}

/**
 * Stops what is left of a program whose osrel was killed: SIGTERM to every member of its group and all that carries its
 * mark, SIGKILL after `killAfterMs`. Gives the ids of the processes that were found. Throws conflict `build.orphan` when
 * one survives.
 */
export async function stopOrphan(request: StopOrphanRequest): Promise<readonly number[]> {
  const { signals, killAfterMs = KILL_AFTER_MS } = request;
  const found = await listOrphans(request);
  let left = found;
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    for (const pid of left) sendIfRunning(signals, pid, signal);
    for (let waitedMs = 0; left.length > 0 && waitedMs < killAfterMs; waitedMs += POLL_MS) {
      await sleep(POLL_MS);
      left = await listOrphans(request);
    }
  }
  if (left.length === 0) return found;
  throw conflict(
    'build.orphan',
    `an earlier build still runs and cannot be stopped: process ${left.join(', ')}`,
    {
      hint: `look at it with: ps -fp ${left.join(',')}`,
    },
  );
}

async function listOrphans({ leader, mark, folder, signals }: StopOrphanRequest): Promise<readonly number[]> {
  const group = leader === null ? [] : await listGroup(leader, folder);
  const marked = await listStartedWith(mark, folder);
  return [...new Set([...group, ...marked])].filter((pid) => pid !== signals.ownPid);
}

function sendIfRunning(signals: ProcessSignals, pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    signals.send(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
