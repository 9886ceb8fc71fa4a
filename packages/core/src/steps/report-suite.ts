import type { TestReceipt } from '../model/evidence.ts';
import { countTests, type SuiteReport, type TestResult, type UsedWaiver } from '../model/suite-report.ts';
import type { TestVerdict } from '../model/test-verdict.ts';
import type { SuiteInput } from './suite-input.ts';
import type { TriedSuite } from './try-suite.ts';

/** What the suite came to after its waivers. */
export interface JudgedSuite extends TriedSuite {
  readonly verdict: TestVerdict;
  readonly rule: string;
  readonly because: string;
  readonly tests: readonly TestResult[];
  readonly waivers: readonly UsedWaiver[];
}

/** The whole story of a suite, for summaries and the history. Times as ISO 8601. */
export function reportSuite(
  wanted: SuiteInput,
  judged: JudgedSuite,
  { startedAt, finishedAt }: { readonly startedAt: string; readonly finishedAt: string },
): SuiteReport {
  const { result, attempts, verdict, rule, because, tests, waivers } = judged;
  return {
    schemaVersion: 1,
    entry: wanted.id,
    suite: wanted.suite,
    suiteRevision: result.suiteRevision,
    lab: wanted.lab,
    worker: wanted.worker,
    rig: result.rig,
    machine: wanted.machine,
    slug: wanted.slug,
    version: wanted.version,
    manifestSha256: wanted.manifestSha256,
    given: result.given,
    verdict,
    rule,
    because,
    counts: countTests(tests),
    tests,
    attempts,
    waivers,
    startedAt,
    finishedAt,
    durationMs: Date.parse(finishedAt) - Date.parse(startedAt),
  };
}

/** The part of a report that is evidence, bound to the plan and the source. */
export function receiptOf(
  { sourceSha }: Pick<SuiteInput, 'sourceSha'>,
  report: SuiteReport,
  planId: string,
): TestReceipt {
  const { entry, suite, suiteRevision, lab, rig, slug, version, manifestSha256, given } = report;
  const { verdict, because, counts, attempts, waivers, finishedAt } = report;
  return {
    schemaVersion: 2,
    planId,
    entry,
    suite,
    suiteRevision,
    lab,
    rig,
    slug,
    version,
    sourceSha,
    manifestSha256,
    given,
    verdict,
    because,
    counts,
    attempts,
    waivers,
    finishedAt,
  };
}
