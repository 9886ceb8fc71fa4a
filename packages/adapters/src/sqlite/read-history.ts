import type { DatabaseSync } from 'node:sqlite';
import type { HistoryQuestion, TestRecord } from '@osrel/core';
import { z } from 'zod';

/** How many of the latest outcomes are answered. */
const LATEST = 20;

/**
 * Every run of every test, and of each suite as a whole (without a test), as rows of one shape. A suite that ended
 * without a word about the product (`rig-failure`, `infrastructure`) failed; one that passed by waivers was waived.
 */
const RUNS = `
  WITH asked AS (
    SELECT rowid AS sequence, * FROM reports
    WHERE (:slug IS NULL OR slug = :slug)
      AND (:suite IS NULL OR suite = :suite OR entry = :suite)
      AND (:since IS NULL OR julianday(finished_at) >= julianday(:since))
  ),
  runs AS (
    SELECT slug, suite, NULL AS test, because, duration_ms, attempts - 1 AS retried, finished_at, sequence,
      verdict AS word,
      CASE
        WHEN verdict = 'passed' AND waived > 0 THEN 'waived'
        WHEN verdict = 'passed' THEN 'passed'
        WHEN verdict IN ('nothing-tested', 'unsupported') THEN 'skipped'
        ELSE 'failed'
      END AS outcome
    FROM asked
    UNION ALL
    SELECT slug, suite, test, results.because, results.duration_ms, 0, finished_at, sequence, outcome, outcome
    FROM asked JOIN results USING (digest)
  ),
  ranked AS (
    SELECT *,
      row_number() OVER newest AS age,
      row_number() OVER (PARTITION BY slug, suite, test, outcome = 'failed' ORDER BY finished_at DESC, sequence DESC)
        AS failure_age,
      row_number() OVER (PARTITION BY slug, suite, test, outcome = 'skipped', duration_ms IS NULL
        ORDER BY duration_ms) AS place,
      count(*) OVER (PARTITION BY slug, suite, test, outcome = 'skipped', duration_ms IS NULL) AS places
    FROM runs
    WINDOW newest AS (PARTITION BY slug, suite, test ORDER BY finished_at DESC, sequence DESC)
  )
`;

const RECORDS = `
  ${RUNS}
  SELECT slug, suite, test,
    count(*) AS runs,
    sum(outcome = 'passed') AS passed,
    sum(outcome = 'failed') AS failed,
    sum(outcome = 'skipped') AS skipped,
    sum(outcome = 'waived') AS waived,
    sum(retried) AS retried,
    avg(duration_ms) FILTER (
      WHERE outcome <> 'skipped' AND duration_ms IS NOT NULL AND place IN ((places + 1) / 2, (places + 2) / 2)
    ) AS medianMs,
    max(finished_at) FILTER (WHERE outcome = 'failed') AS lastFailedAt,
    max(because) FILTER (WHERE outcome = 'failed' AND failure_age = 1) AS lastFailure,
    json_group_array(word ORDER BY age) FILTER (WHERE age <= ${LATEST}) AS latest
  FROM ranked
  GROUP BY slug, suite, test
  ORDER BY failed DESC, retried DESC, waived DESC, slug, suite, test
`;

const recordRow = z.object({
  slug: z.string(),
  suite: z.string(),
  test: z.string().nullable(),
  runs: z.number(),
  passed: z.number(),
  failed: z.number(),
  skipped: z.number(),
  waived: z.number(),
  retried: z.number(),
  medianMs: z.number().nullable(),
  lastFailedAt: z.string().nullable(),
  lastFailure: z.string().nullable(),
  latest: z.string().transform((text) => z.array(z.string()).parse(JSON.parse(text))),
});

/** Tests and suites with what they did, those that failed most first. */
export function readRecords(database: DatabaseSync, question: HistoryQuestion): readonly TestRecord[] {
  const { slug, suite, since } = question;
  const rows = database.prepare(RECORDS).all({ slug, suite, since });
  return z.array(recordRow).parse(rows);
}

const EXPECTED = `
  WITH ended AS (
    SELECT duration_ms, row_number() OVER (ORDER BY duration_ms) AS place, count(*) OVER () AS places
    FROM reports
    WHERE slug = :slug AND (suite = :suite OR entry = :suite) AND verdict IN ('passed', 'failed')
  )
  SELECT avg(duration_ms) AS medianMs FROM ended WHERE place IN ((places + 1) / 2, (places + 2) / 2)
`;

/** Median duration of the runs that came to a verdict about the product; null without any. */
export function readExpectedMs(
  database: DatabaseSync,
  question: { readonly slug: string; readonly suite: string },
): number | null {
  const row = database.prepare(EXPECTED).get({ slug: question.slug, suite: question.suite });
  return z.object({ medianMs: z.number().nullable() }).parse(row).medianMs;
}
