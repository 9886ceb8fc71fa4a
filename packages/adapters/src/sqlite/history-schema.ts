import type { DatabaseSync } from 'node:sqlite';
import { refused } from '@osrel/core';
import { z } from 'zod';
import { inTransaction } from './open-database.ts';

/** Of the tables below, in `user_version` of the file. */
export const HISTORY_VERSION = 1;

const TABLES = `
  CREATE TABLE reports (
    digest TEXT PRIMARY KEY,
    slug TEXT NOT NULL,
    suite TEXT NOT NULL,
    entry TEXT NOT NULL,
    version TEXT NOT NULL,
    verdict TEXT NOT NULL,
    rule TEXT NOT NULL,
    because TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    waived INTEGER NOT NULL,
    finished_at TEXT NOT NULL,
    duration_ms REAL NOT NULL
  ) STRICT;
  CREATE TABLE results (
    digest TEXT NOT NULL REFERENCES reports (digest),
    test TEXT NOT NULL,
    outcome TEXT NOT NULL,
    because TEXT,
    duration_ms REAL
  ) STRICT;
  CREATE INDEX reports_by_suite ON reports (slug, suite, finished_at);
  CREATE INDEX results_by_report ON results (digest);
`;

/**
 * Makes the tables where there are none. Throws refused `history.newer` for a file that a newer osrel wrote, which would
 * not understand what an older one adds.
 */
export function prepareHistory(database: DatabaseSync, path: string): void {
  if (versionOf(database) === HISTORY_VERSION) return;
  inTransaction(database, () => {
    const version = versionOf(database);
    if (version > HISTORY_VERSION) throw newer(path, version);
    if (version < HISTORY_VERSION) {
      database.exec(`${TABLES} PRAGMA user_version = ${HISTORY_VERSION};`);
    }
  });
}

function versionOf(database: DatabaseSync): number {
  return z.object({ user_version: z.number() }).parse(database.prepare('PRAGMA user_version').get())
    .user_version;
}

function newer(path: string, version: number) {
  return refused(
    'history.newer',
    `the test history ${path} has schema ${version}, and this osrel knows ${HISTORY_VERSION}`,
    { hint: 'update osrel, or move the file away' },
  );
}
