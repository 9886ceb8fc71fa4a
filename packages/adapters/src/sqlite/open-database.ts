import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { toolFailed } from '@osrel/core';

export interface DatabasePlace {
  /** Absolute path of the file; its folder is made. */
  readonly path: string;
  /** Told in one line what is wrong and what was done about it. */
  readonly tell: (line: string) => void;
  /** ISO 8601, for the name of a file that is set aside. */
  readonly now: () => string;
}

/** Another osrel writes for milliseconds; whoever holds the file longer is stuck. */
const BUSY_MS = 5000;

const [SQLITE_CORRUPT, SQLITE_NOTADB] = [11, 26];

/**
 * Opens the database, does the work in it and closes it again: no handle outlives a call, so that several osrel on one
 * checkout meet only inside of transactions. A file that is no database, or a damaged one, is renamed to
 * `<name>.broken-<time>`, that is told, and the work is done in a new one. Throws tool `history.unusable`.
 */
export async function inDatabase<T>(place: DatabasePlace, work: (database: DatabaseSync) => T): Promise<T> {
  try {
    return await attempt(place, work);
  } catch (error) {
    if (!isBroken(error)) throw unusable(error, place);
  }
  await setAside(place);
  try {
    return await attempt(place, work);
  } catch (error) {
    throw unusable(error, place);
  }
}

async function attempt<T>({ path }: DatabasePlace, work: (database: DatabaseSync) => T): Promise<T> {
  const { DatabaseSync } = await import('node:sqlite');
  await mkdir(dirname(path), { recursive: true });
  const database = new DatabaseSync(path, { timeout: BUSY_MS });
  try {
    // Not WAL: its shared memory fails on network and some container mounts, and a run writes a few times an hour.
    database.exec('PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
    return work(database);
  } finally {
    database.close();
  }
}

/** Everything in the work happens, or nothing; no other process writes meanwhile. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

async function setAside({ path, tell, now }: DatabasePlace): Promise<void> {
  const aside = `${path}.broken-${now().replace(/[^0-9TZ]/g, '')}`;
  // Another osrel may have set it aside in the meantime.
  if (await exists(path)) await rename(path, aside);
  await rm(`${path}-journal`, { force: true });
  tell(`the test history was damaged; it is set aside as ${aside} and begins anew`);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function isBroken(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== undefined && [SQLITE_CORRUPT, SQLITE_NOTADB].includes(code & 0xff);
}

function sqliteCode(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode
    : undefined;
}

function unusable(error: unknown, { path }: DatabasePlace): unknown {
  const isFileTrouble = error instanceof Error && 'code' in error && /^E[A-Z]+$/.test(String(error.code));
  if (sqliteCode(error) === undefined && !isFileTrouble) return error;
  const said = error instanceof Error ? error.message : String(error);
  return toolFailed('history.unusable', `the test history ${path} cannot be used: ${said}`, {
    hint: 'check the folder, or remove the file: only the history of tests is lost with it',
    cause: error,
  });
}
