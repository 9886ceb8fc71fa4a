import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { type SuiteObservation, type TestReport, type VerdictRule, watchSuiteLog } from '@osrel/core';
import { z } from 'zod';
import { findText, isMissing } from '../if-present.ts';
import type { SuiteTrace } from './leviathan-parts.ts';

export interface ObserveOptions {
  readonly suite: string;
  /** Rules of osrel.yml (`tests.verdicts`). */
  readonly verdicts: readonly VerdictRule[];
  /** Reads a whole log. */
  readonly parseLog: (text: string) => TestReport;
  /** Bytes of the log that count; null: all. */
  readonly judgedBytes: number | null;
}

/** A longer log is not held in memory, and so not judged. */
const LONGEST_JUDGED_BYTES = 64 * 1024 * 1024;

const summarySchema = z.looseObject({
  stats: z.looseObject({ ran: z.number() }),
  tests: z.record(z.string(), z.string()),
});

const NO_REPORT: TestReport = { tests: [], defect: null, skipReason: null, bailOut: null, warnings: [] };

/** What a verdict is made from, of the files that a suite left. */
export async function observeTrace(trace: SuiteTrace, options: ObserveOptions): Promise<SuiteObservation> {
  const report = await readReport(trace.log, options);
  return {
    ending: trace.ending,
    report,
    hits: await findHits(trace.log, report, options),
    ...(await readSummary(trace.summary)),
  };
}

async function readReport(
  log: string | null,
  { parseLog, judgedBytes }: ObserveOptions,
): Promise<TestReport> {
  const sizeBytes = Math.min(await sizeOf(log), judgedBytes ?? Number.POSITIVE_INFINITY);
  if (log === null || sizeBytes === 0) return parseLog('');
  if (sizeBytes > LONGEST_JUDGED_BYTES) {
    const defect = `its log has ${sizeBytes} bytes; one above ${LONGEST_JUDGED_BYTES} is not read`;
    return { ...NO_REPORT, defect };
  }
  const bytes = await readFile(log);
  return parseLog(bytes.subarray(0, sizeBytes).toString('utf8'));
}

async function findHits(
  log: string | null,
  report: TestReport,
  { suite, verdicts, judgedBytes }: ObserveOptions,
): Promise<SuiteObservation['hits']> {
  const watch = watchSuiteLog(verdicts, suite);
  const sizeBytes = Math.min(await sizeOf(log), judgedBytes ?? Number.POSITIVE_INFINITY);
  if (log !== null && sizeBytes > 0) {
    const lines = createInterface({
      input: createReadStream(log, { end: sizeBytes - 1 }),
      crlfDelay: Number.POSITIVE_INFINITY,
    });
    for await (const line of lines) watch.onLine(line);
  }
  return watch.hits(report);
}

/** A suite that never said anything has no log. */
async function sizeOf(log: string | null): Promise<number> {
  if (log === null) return 0;
  try {
    return (await stat(log)).size;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}

async function readSummary(
  path: string | null,
): Promise<Pick<SuiteObservation, 'summary' | 'summaryDefect'>> {
  const text = path === null ? undefined : await findText(path);
  if (text === undefined) return { summary: null, summaryDefect: null };
  try {
    const { stats, tests } = summarySchema.parse(JSON.parse(text));
    return { summary: { ran: stats.ran, tests }, summaryDefect: null };
  } catch (error) {
    const what = error instanceof SyntaxError ? 'no JSON, or cut short' : 'not as Leviathan writes it';
    return { summary: null, summaryDefect: `it is ${what} (${text.length} characters)` };
  }
}
