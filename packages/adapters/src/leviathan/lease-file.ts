import { createHash } from 'node:crypto';
import { stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Rig } from '@osrel/core';
import { z } from 'zod';
import { findText, isMissing, listEntries } from '../if-present.ts';

/** Tells one process from a later one with the same id; null where the system does not tell. */
export interface LeaseOwner {
  readonly pid: number;
  readonly host: string;
  readonly startTicks: string | null;
  readonly bootId: string | null;
  readonly pidNamespace: string | null;
}

/**
 * `asking`: the rig is being asked for, and may be ours. `held`: it said that it is ours. `leaving`: it is being given
 * back, or gave itself back. Only a rig that is `held`, and whose last heartbeat is younger than five minutes, is ours
 * without doubt: in the two other states somebody else may have it, and a teardown would end that one's work.
 */
export type LeaseState = 'asking' | 'held' | 'leaving';

export interface LeaseRecord {
  readonly schemaVersion: 1;
  readonly state: LeaseState;
  readonly rig: Rig;
  /** Address of the rig as seen from this machine. */
  readonly url: string;
  readonly core: { readonly url: string; readonly project: string | null };
  readonly purpose: string;
  readonly owner: LeaseOwner;
  /** ISO 8601. */
  readonly askedAt: string;
}

/** A lease that this osrel writes. */
export interface Lease {
  /** The rig said at that time (ISO 8601) that it is ours. */
  readonly hold: (heardAt: string) => Promise<void>;
  /** The rig has answered a heartbeat that was sent at that time (ISO 8601). */
  readonly beat: (sentAt: string) => Promise<void>;
  readonly leave: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** A lease that lies there, whoever wrote it. */
export interface FoundLease {
  /** Absolute path. */
  readonly path: string;
  /** Undefined for a file that osrel did not write so. */
  readonly record: LeaseRecord | undefined;
  /** When the rig was last heard of, or last asked for, in milliseconds since 1970. */
  readonly heardAtMs: number;
  readonly remove: () => Promise<void>;
}

export interface LeaseBook {
  /** Writes, in state `asking`, on disk before it returns. */
  readonly open: (wish: Pick<LeaseRecord, 'rig' | 'url' | 'core' | 'purpose'>) => Promise<Lease>;
  readonly list: () => Promise<readonly FoundLease[]>;
}

export interface LeaseBookOptions {
  /** Absolute path; made on first use. */
  readonly folder: string;
  /** This process. */
  readonly owner: LeaseOwner;
  readonly clock: Clock;
  /** Replaces a file so that readers see the old text or the new one, also after a power cut; makes its folder. */
  readonly writeDurably: (path: string, text: string) => Promise<void>;
  /** Removes a file so; an absent one is removed already. */
  readonly removeDurably: (path: string) => Promise<void>;
}

const ownerSchema = z.object({
  pid: z.number().int().positive(),
  host: z.string(),
  startTicks: z.string().nullable(),
  bootId: z.string().nullable(),
  pidNamespace: z.string().nullable(),
});
const recordSchema = z.looseObject({
  schemaVersion: z.literal(1),
  state: z.enum(['asking', 'held', 'leaving']),
  rig: z.object({ id: z.string(), kind: z.string(), name: z.string().nullable() }),
  url: z.url(),
  core: z.object({ url: z.string(), project: z.string().nullable() }),
  purpose: z.string(),
  owner: ownerSchema,
  askedAt: z.iso.datetime(),
});

/**
 * One file a rig that this osrel asked for, so that the next osrel can free it when this one is killed. The file's time
 * of change is the time of the last heartbeat: a power cut in the middle of writing that loses nothing else.
 */
export function createLeaseBook(options: LeaseBookOptions): LeaseBook {
  const { folder, owner, clock } = options;
  let opened = 0;
  return {
    async open(wish) {
      opened += 1;
      const name = createHash('sha256')
        .update(JSON.stringify([owner, opened, wish.url]))
        .digest('hex');
      const askedAt = clock.now();
      const record: LeaseRecord = { schemaVersion: 1, state: 'asking', ...wish, owner, askedAt };
      const lease = leaseOf(options, join(folder, `${name.slice(0, 24)}.json`), record);
      await lease.write('asking', askedAt);
      return lease;
    },
    async list() {
      const names = (await listEntries(folder))
        .map(({ name }) => name)
        .filter((name) => /^[^.].*\.json$/.test(name));
      const found = await Promise.all(names.sort().map((name) => findLease(options, join(folder, name))));
      return found.filter((lease) => lease !== undefined);
    },
  };
}

function leaseOf({ writeDurably, removeDurably }: LeaseBookOptions, path: string, record: LeaseRecord) {
  let heardAt = record.askedAt;
  const write = async (state: LeaseState, at: string) => {
    heardAt = at;
    await writeDurably(path, `${JSON.stringify({ ...record, state }, null, 2)}\n`);
    await touch(path, at);
  };
  return {
    write,
    hold: (at: string) => write('held', at),
    beat: async (at: string) => {
      heardAt = at;
      await touch(path, at);
    },
    leave: () => write('leaving', heardAt),
    remove: () => removeDurably(path),
  };
}

async function touch(path: string, at: string): Promise<void> {
  const time = new Date(at);
  await utimes(path, time, time);
}

async function findLease({ removeDurably }: LeaseBookOptions, path: string): Promise<FoundLease | undefined> {
  try {
    const { mtimeMs } = await stat(path);
    const text = await findText(path);
    if (text === undefined) return undefined;
    return { path, record: parseRecord(text), heardAtMs: mtimeMs, remove: () => removeDurably(path) };
  } catch (error) {
    // Its owner has removed it meanwhile.
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function parseRecord(text: string): LeaseRecord | undefined {
  try {
    const parsed = recordSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
