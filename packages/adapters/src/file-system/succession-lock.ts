import { randomBytes } from 'node:crypto';
import { link, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { type BeforeCommit, makeFolder } from './atomic-file.ts';
import { isTaken, writeError } from './file-errors.ts';
import { findJson } from './json-file.ts';
import { judgeProcess, ownIdentity, processIdentitySchema } from './process-identity.ts';
import { removeStaleTemporaries, temporaryPath } from './temporary-file.ts';

const lockRecordSchema = z.object({
  /** Names this one holding; successors refer to it. */
  nonce: z.string().regex(/^[0-9a-f]{16}$/),
  name: z.string(),
  runId: z.string(),
  /** ISO 8601. */
  since: z.string(),
  owner: processIdentitySchema,
});
export type LockRecord = z.infer<typeof lockRecordSchema>;

export interface LockClaim {
  /** What is locked, for people. */
  readonly name: string;
  readonly runId: string;
  readonly since: string;
}

export type LockAttempt =
  | { readonly kind: 'held'; readonly release: () => Promise<void> }
  | { readonly kind: 'taken'; readonly by: LockRecord };

/**
 * Tries to take the lock file at `path`. The first holder links its record to `path`; who finds the holder's
 * process gone links its own record to `<path>.after-<nonce of the dead>`. A link either makes that one name or
 * fails, so a dead holder has exactly one successor however many processes compete, and no living holder's file
 * is ever moved. Whoever ends the chain that begins at `path` holds the lock. A holder that nobody here can judge (another host or
 * container) counts as alive. `beforeTake` is for tests: it runs between judging the holder and taking over.
 */
export async function tryLock(
  path: string,
  claim: LockClaim,
  beforeTake?: BeforeCommit,
): Promise<LockAttempt> {
  const record: LockRecord = { ...claim, nonce: randomBytes(8).toString('hex'), owner: ownIdentity() };
  for (;;) {
    const chain = await readChain(path);
    const last = chain.at(-1);
    if (last !== undefined && isHeld(last.record)) return { kind: 'taken', by: last.record };
    const target = last === undefined ? path : successorPath(path, last.record);
    await beforeTake?.(target);
    if (!(await linkRecord(target, record))) continue;
    if ((await readChain(path)).at(-1)?.record.nonce !== record.nonce) {
      // Somebody else took over and let go in between: the chain that this record continues is gone.
      await rm(target, { force: true });
      continue;
    }
    return { kind: 'held', release: releaseOnce([...chain.map((one) => one.path), target]) };
  }
}

/** The record of a holder that is not known to be dead; undefined when the lock is free. */
export async function findHolder(path: string): Promise<LockRecord | undefined> {
  const last = (await readChain(path)).at(-1);
  return last !== undefined && isHeld(last.record) ? last.record : undefined;
}

function isHeld(record: LockRecord): boolean {
  return judgeProcess(record.owner) !== 'gone';
}

function successorPath(path: string, record: LockRecord): string {
  return `${path}.after-${record.nonce}`;
}

async function readChain(
  path: string,
): Promise<readonly { readonly path: string; readonly record: LockRecord }[]> {
  const chain: { path: string; record: LockRecord }[] = [];
  for (let next = path; ; ) {
    const record = await findJson(next, lockRecordSchema);
    if (record === undefined) return chain;
    chain.push({ path: next, record });
    next = successorPath(path, record);
  }
}

/** Makes the record appear whole under that name; false when the name is taken. */
async function linkRecord(path: string, record: LockRecord): Promise<boolean> {
  const folder = dirname(path);
  await makeFolder(folder);
  await removeStaleTemporaries(folder);
  const temporary = temporaryPath(folder);
  try {
    // No fsync: after a power cut the holder is gone, and a lost lock file says the same.
    await writeFile(temporary, JSON.stringify(record), { flag: 'wx' });
    await link(temporary, path);
    return true;
  } catch (error) {
    if (isTaken(error)) return false;
    throw writeError(error, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * The head goes first: from then on the lock is free, and the rest of the chain is referred to by nobody. A second
 * call does nothing, for by then the head may be another holder's.
 */
function releaseOnce(paths: readonly string[]): () => Promise<void> {
  let released: Promise<void> | undefined;
  return () => {
    released ??= removeInOrder(paths);
    return released;
  };
}

async function removeInOrder(paths: readonly string[]): Promise<void> {
  for (const path of paths) await rm(path, { force: true });
}
