import { join } from 'node:path';
import { type Clock, conflict, type LockOwner, type OsrelError, type ReleaseLock } from '@osrel/core';
import { listNames } from './list-files.ts';
import { segmentOf } from './safe-segments.ts';
import { findHolder, type LockRecord, tryLock } from './succession-lock.ts';

/** The release lock, and who holds any: the run store asks that to tell running from interrupted. */
export interface LocalReleaseLock extends ReleaseLock {
  listOwners(): Promise<readonly LockOwner[]>;
}

const ENDING = '.lock';

/**
 * Locks as files in `folder`, one a release. A lock whose process is gone, or whose process id now belongs to a
 * process that started later, is taken over by exactly one of those who compete for it.
 */
export function createReleaseLock({
  folder,
  clock,
}: {
  readonly folder: string;
  readonly clock: Clock;
}): LocalReleaseLock {
  const pathOf = (name: string) => join(folder, `${segmentOf(name)}${ENDING}`);
  return {
    async acquire(name, runId) {
      const attempt = await tryLock(pathOf(name), { name, runId, since: clock.now() });
      if (attempt.kind === 'held') return { release: attempt.release };
      throw lockHeld(attempt.by, { path: pathOf(name), now: clock.now() });
    },
    async findOwner(name) {
      const holder = await findHolder(pathOf(name));
      return holder === undefined ? undefined : ownerOf(holder);
    },
    async listOwners() {
      const names = (await listNames(folder)).filter((name) => name.endsWith(ENDING));
      const holders = await Promise.all(names.map((name) => findHolder(join(folder, name))));
      return holders.flatMap((holder) => (holder === undefined ? [] : [ownerOf(holder)]));
    },
  };
}

function ownerOf(record: LockRecord): LockOwner {
  return { pid: record.owner.pid, host: record.owner.host, runId: record.runId, since: record.since };
}

function lockHeld(
  record: LockRecord,
  { path, now }: { readonly path: string; readonly now: string },
): OsrelError {
  const { pid, host } = record.owner;
  const age = describeAge(Date.parse(now) - Date.parse(record.since));
  return conflict(
    'lock.held',
    `${record.name} is being released by run ${record.runId} (process ${pid} on ${host}, for ${age})`,
    {
      hint: `wait for it, or see "osrel runs"; when ${host} is another machine or container that is gone for good, remove ${path}`,
      details: { ...ownerOf(record) },
    },
  );
}

/** `3 min 12 s`. */
function describeAge(ageMs: number): string {
  const seconds = Math.max(0, Math.floor(ageMs / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}
