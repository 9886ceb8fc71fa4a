import { z } from 'zod';
import type { SuiteReport } from './suite-report.ts';
import { TEST_VERDICTS } from './test-verdict.ts';

const rig = z.object({ id: z.string(), kind: z.string(), name: z.string().nullable() });
const count = z.int().nonnegative();
const verdict = z.enum(TEST_VERDICTS);
const time = z.iso.datetime({ offset: true });

const test = z.object({
  name: z.string(),
  outcome: z.enum(['passed', 'failed', 'skipped', 'waived']),
  because: z.string().nullable(),
  durationMs: z.number().nullable(),
});

const attempt = z.object({
  rig: rig.nullable(),
  verdict,
  because: z.string(),
  startedAt: time,
  durationMs: z.number(),
});

/** The JSON summary of one suite as it is kept with the logs of a run. Members that a newer osrel adds are left out. */
export const suiteReportSchema: z.ZodType<SuiteReport> = z.object({
  schemaVersion: z.literal(1),
  entry: z.string().min(1),
  suite: z.string().min(1),
  suiteRevision: z.string().nullable(),
  lab: z.string(),
  worker: z.string(),
  rig: rig.nullable(),
  machine: z.string(),
  slug: z.string().min(1),
  version: z.string(),
  manifestSha256: z.string(),
  given: z.array(z.object({ name: z.string(), sizeBytes: count, sha256: z.string() })),
  verdict,
  rule: z.string(),
  because: z.string(),
  counts: z.object({ passed: count, failed: count, skipped: count, waived: count }),
  tests: z.array(test),
  attempts: z.array(attempt),
  waivers: z.array(
    z.object({ test: z.string(), tracker: z.string(), owner: z.string(), expires: z.string() }),
  ),
  startedAt: time,
  finishedAt: time,
  durationMs: z.number(),
});

/** Several suites of one run: `summary.json` of a folder of reports. */
export const testSummarySchema = z.object({
  schemaVersion: z.literal(1),
  suites: z.array(suiteReportSchema),
});

export type TestSummary = z.infer<typeof testSummarySchema>;
