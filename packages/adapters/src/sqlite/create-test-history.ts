import type { DatabaseSync } from 'node:sqlite';
import { asOsrelError, digestOfJson, type SuiteReport, type TestHistory } from '@osrel/core';
import { prepareHistory } from './history-schema.ts';
import { type DatabasePlace, inDatabase, inTransaction } from './open-database.ts';
import { readExpectedMs, readRecords } from './read-history.ts';

/**
 * What suites and tests did before, in one SQLite file. Keeping a report is a convenience: what keeps it from being kept
 * is told and never ends a run. `list` throws refused `history.newer` and tool `history.unusable`.
 */
export function createTestHistory(place: DatabasePlace): TestHistory {
  const within = <T>(work: (database: DatabaseSync) => T): Promise<T> =>
    inDatabase(place, (database) => {
      prepareHistory(database, place.path);
      return work(database);
    });
  return {
    record: (report) => orTell(place, undefined, () => within((database) => keepReport(database, report))),
    list: (question) => within((database) => readRecords(database, question)),
    expectedMs: (question) =>
      orTell(place, null, () => within((database) => readExpectedMs(database, question))),
  };
}

async function orTell<T>({ tell }: DatabasePlace, otherwise: T, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const known = asOsrelError(error);
    if (known === undefined) throw error;
    tell(`${known.message}; the run goes on without it`);
    return otherwise;
  }
}

/** Once by its content, however often it comes. */
function keepReport(database: DatabaseSync, report: SuiteReport): void {
  const digest = digestOfJson(report);
  inTransaction(database, () => {
    const added = database
      .prepare(
        `INSERT INTO reports
           (digest, slug, suite, entry, version, verdict, rule, because, attempts, waived, finished_at, duration_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      )
      .run(
        digest,
        report.slug,
        report.suite,
        report.entry,
        report.version,
        report.verdict,
        report.rule,
        report.because,
        report.attempts.length,
        report.counts.waived,
        report.finishedAt,
        report.durationMs,
      );
    if (added.changes === 0) return;
    const insert = database.prepare('INSERT INTO results VALUES (?, ?, ?, ?, ?)');
    for (const { name, outcome, because, durationMs } of report.tests) {
      insert.run(digest, name, outcome, because, durationMs);
    }
  });
}
