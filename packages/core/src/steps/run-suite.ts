import { z } from 'zod';
import { applyWaivers, type WaivedTests } from '../model/apply-waivers.ts';
import type { TestReceipt } from '../model/evidence.ts';
import { renderJunit } from '../model/render-junit.ts';
import type { SuiteReport } from '../model/suite-report.ts';
import type { TestVerdict } from '../model/test-verdict.ts';
import type { CodeHost, RunConclusion } from '../ports/code-host.ts';
import { type JudgedSuite, receiptOf, reportSuite } from './report-suite.ts';
import { defineStepKind, notDone, type StepRun } from './step-kind.ts';
import { suiteFailure, tooFew } from './suite-failure.ts';
import { type SuiteInput, suiteInput } from './suite-input.ts';
import { type TriedSuite, trySuite } from './try-suite.ts';

const count = z.number();

const output = z.strictObject({
  verdict: z.literal('passed'),
  passed: count,
  failed: count,
  skipped: count,
  waived: count,
  /** More than one: rigs or infrastructure failed before. */
  attempts: count,
  /** Id of the rig; null where a lab has none. */
  rig: z.string().nullable(),
});

type SuiteRun = StepRun<'testLab' | 'testReceipts' | 'testHistory' | 'deployFolder' | 'codeHost' | 'clock'>;

/**
 * Runs one test suite on the built bytes. The verdict is kept as a signed receipt that names those bytes and, where the
 * code host is known, as a check on the commit. A suite in which nothing passed is never green.
 */
export const runSuite = defineStepKind({
  kind: 'run-suite',
  writes: true,
  input: suiteInput,
  output,
  ports: ['testLab', 'testReceipts', 'testHistory', 'deployFolder', 'codeHost', 'clock'],
  waitsElsewhere: true,
  probe: async (wanted, { ports, planId }) => {
    const { receipts } = await ports.testReceipts.list({ slug: wanted.slug, version: wanted.version });
    const own = receipts.find(
      (each) =>
        each.planId === planId && each.entry === wanted.id && each.manifestSha256 === wanted.manifestSha256,
    );
    if (own?.verdict !== 'passed' || isTooFew(own, wanted)) return notDone;
    if (!(await isCheckRecorded(wanted, ports.codeHost))) return notDone;
    return {
      done: true,
      output: outputOf(own),
      because: 'this plan ran it already on these very bytes',
    };
  },
  run: async (wanted, run) => {
    const { ports, planId, log } = run;
    const startedAt = ports.clock.now();
    const tried = await trySuite(wanted, run);
    const finishedAt = ports.clock.now();
    const waived = applyWaivers(tried.result.tests, wanted.waivers, {
      suite: wanted.suite,
      slug: wanted.slug,
      now: finishedAt,
    });
    const report = reportSuite(wanted, judge(tried, waived), { startedAt, finishedAt });
    tell(report, waived, log);
    await run.keepText('summary.json', `${JSON.stringify(report, null, 2)}\n`);
    await run.keepText('junit.xml', renderJunit([report]));
    await ports.testHistory.record(report);
    const receipt = receiptOf(wanted, report, planId);
    await ports.testReceipts.record(receipt);
    await recordCheck(wanted, report, run);
    if (report.verdict !== 'passed') throw suiteFailure(report, waived.expired);
    if (isTooFew(report, wanted)) throw tooFew(report, wanted.minimum);
    return outputOf(receipt);
  },
});

/** With every failure waived a suite that otherwise ran to its end has passed, if anything passed at all. */
function judge({ result, attempts }: TriedSuite, { tests, used }: WaivedTests): JudgedSuite {
  const { verdict, rule, because } = result;
  const judged = { result, attempts, tests, waivers: used };
  const isCovered =
    verdict === 'failed' &&
    rule === 'failed-test' &&
    result.isWhole &&
    used.length > 0 &&
    tests.every((test) => test.outcome !== 'failed') &&
    tests.some((test) => test.outcome === 'passed');
  if (!isCovered) return { ...judged, verdict, rule, because };
  const names = used.map(({ test, tracker, expires }) => `${test} (${tracker}, until ${expires})`);
  return {
    ...judged,
    verdict: 'passed',
    rule: 'waived',
    because: `failures are waived: ${names.join('; ')}`,
  };
}

/** What passed stands in the suite's own output. */
function tell({ tests }: SuiteReport, { unneeded, expired }: WaivedTests, log: (line: string) => void): void {
  for (const test of tests.filter((each) => each.outcome !== 'passed')) {
    log(`${test.outcome}: ${test.name}${test.because === null ? '' : ` (${test.because})`}`);
  }
  for (const { test, tracker } of unneeded) {
    log(`waiver not needed: ${test} passed (${tracker}); remove it from osrel.yml`);
  }
  for (const { test, tracker, expires } of expired) {
    log(`waiver expired on ${expires}: ${test} (${tracker})`);
  }
}

function outputOf({ counts, attempts, rig }: TestReceipt): z.infer<typeof output> {
  return { verdict: 'passed', ...counts, attempts: attempts.length, rig: rig?.id ?? null };
}

/** As finalization counts: what a waiver covers holds nothing up. */
function isTooFew({ counts }: Pick<SuiteReport, 'counts'>, { minimum }: SuiteInput): boolean {
  return counts.passed + counts.waived < minimum;
}

const CONCLUSIONS: Readonly<Record<TestVerdict, RunConclusion>> = {
  passed: 'success',
  failed: 'failure',
  'nothing-tested': 'neutral',
  unsupported: 'neutral',
  'rig-failure': 'other',
  infrastructure: 'other',
};

async function recordCheck(wanted: SuiteInput, report: SuiteReport, { ports }: SuiteRun): Promise<void> {
  if (wanted.check === null) return;
  await ports.codeHost.recordCheck({
    ...wanted.check,
    slug: wanted.slug,
    name: wanted.id,
    status: 'completed',
    // Too little evidence is none: a check that says success would count as such.
    conclusion:
      isTooFew(report, wanted) && report.verdict === 'passed' ? 'neutral' : CONCLUSIONS[report.verdict],
    summary: report.because,
    updatedAt: report.finishedAt,
  });
}

async function isCheckRecorded(wanted: SuiteInput, codeHost: Pick<CodeHost, 'listChecks'>): Promise<boolean> {
  if (wanted.check === null) return true;
  const entries = [{ id: wanted.id, suite: wanted.suite }];
  const { checks } = await codeHost.listChecks({
    ...wanted.check,
    slug: wanted.slug,
    entries,
    otherSlugs: null,
  });
  return checks.some(
    (check) => check.name === wanted.id && check.slug === wanted.slug && check.conclusion === 'success',
  );
}
