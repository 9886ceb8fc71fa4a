import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Clock, conflict } from '@osrel/core';
import { tryLock } from './succession-lock.ts';

/** Runs one change of one resource of the world at a time, over all processes. */
export type WorldLock = <Result>(resource: string, change: () => Promise<Result>) => Promise<Result>;

export interface WorldLockOptions {
  /** Folder of the lock files. */
  readonly folder: string;
  readonly clock: Clock;
  /** How long to wait for another process; default 30 seconds. */
  readonly patienceMs?: number;
}

const LONGEST_PAUSE_MS = 20;

/**
 * A lock for short changes (a few small files). Waits while another process changes the same resource; throws
 * conflict `world.busy` (worth a retry) when that takes longer than `patienceMs`.
 */
export function createWorldLock({ folder, clock, patienceMs = 30_000 }: WorldLockOptions): WorldLock {
  return async (resource, change) => {
    const path = join(folder, `${createHash('sha256').update(resource).digest('hex').slice(0, 32)}.json`);
    const release = await waitForLock(path, resource, { clock, patienceMs });
    try {
      return await change();
    } finally {
      await release();
    }
  };
}

async function waitForLock(
  path: string,
  resource: string,
  { clock, patienceMs }: { readonly clock: Clock; readonly patienceMs: number },
): Promise<() => Promise<void>> {
  // The engine's clock may stand still in a test, waiting for another process is real.
  const until = performance.now() + patienceMs;
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const attempt = await tryLock(path, { name: resource, runId: '', since: clock.now() });
    if (attempt.kind === 'held') return attempt.release;
    if (performance.now() > until) {
      const { owner } = attempt.by;
      throw conflict(
        'world.busy',
        `${resource} is being changed by process ${owner.pid} on ${owner.host} since ${attempt.by.since}`,
        {
          hint: `try again; when that machine or container is gone for good, remove ${path}`,
          retryable: true,
        },
      );
    }
    await delay(pauseMs);
  }
}
