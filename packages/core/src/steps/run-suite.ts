import { z } from 'zod';
import { rigFailed, testsFailed } from '../errors/osrel-error.ts';
import type { TestReceipt } from '../model/evidence.ts';
import type { CodeHost, RunConclusion } from '../ports/code-host.ts';
import type { SuiteResult } from '../ports/test-lab.ts';
import { defineStepKind, notDone, type StepRun } from './step-kind.ts';

const input = z.strictObject({
  id: z.string(),
  suite: z.string(),
  lab: z.string(),
  command: z.array(z.string()),
  results: z.enum(['tap', 'junit']),
  machine: z.string(),
  slug: z.string(),
  version: z.string(),
  sourceSha: z.string(),
  manifestSha256: z.string(),
  /** Name of the disk image in the deploy folder; null for a device type without one. */
  image: z.string().nullable(),
  timeoutMs: z.number(),
  /** Where the verdict is recorded as a check, so that a later tag finds it. */
  check: z.strictObject({ repository: z.string(), headSha: z.string() }).nullable(),
});

const output = z.strictObject({
  verdict: z.literal('passed'),
  passed: z.number(),
  failed: z.number(),
  skipped: z.number(),
});

type SuiteInput = z.infer<typeof input>;
type SuiteRun = StepRun<'testLab' | 'testReceipts' | 'deployFolder' | 'codeHost' | 'clock'>;

/**
 * Runs one test suite on the built bytes. The verdict is kept as a receipt that names those bytes and, where the code
 * host is known, as a check on the commit. A suite in which nothing passed is never green.
 */
export const runSuite = defineStepKind({
  kind: 'run-suite',
  writes: true,
  input,
  output,
  ports: ['testLab', 'testReceipts', 'deployFolder', 'codeHost', 'clock'],
  probe: async (wanted, { ports, planId }) => {
    const receipts = await ports.testReceipts.list({ slug: wanted.slug, version: wanted.version });
    const own = receipts.find(
      (each) =>
        each.planId === planId && each.suite === wanted.id && each.manifestSha256 === wanted.manifestSha256,
    );
    if (own?.verdict !== 'passed' || !(await isCheckRecorded(wanted, ports.codeHost))) return notDone;
    return {
      done: true,
      output: { verdict: 'passed', ...own.counts },
      because: 'this plan ran it already on these very bytes',
    };
  },
  run: async (wanted, run) => {
    const { ports, signal, log } = run;
    const deployDirectory = ports.deployFolder.pathOf(wanted.slug, wanted.version);
    const image = wanted.image === null ? '' : `${deployDirectory}/${wanted.image}`;
    const result = await ports.testLab.runSuite(
      { ...wanted, deployDirectory, image },
      { signal, onLine: log },
    );
    // What passed stands in the suite's own output.
    for (const test of result.tests.filter((each) => each.outcome !== 'passed')) {
      log(`${test.outcome}: ${test.name}${test.because === null ? '' : ` (${test.because})`}`);
    }
    const receipt = receiptOf(wanted, result, run);
    await ports.testReceipts.record(receipt);
    await recordCheck(wanted, result, run);
    return judge(wanted, result, receipt);
  },
});

function receiptOf(wanted: SuiteInput, result: SuiteResult, { planId, ports }: SuiteRun): TestReceipt {
  const count = (outcome: string): number => result.tests.filter((test) => test.outcome === outcome).length;
  return {
    schemaVersion: 1,
    planId,
    suite: wanted.id,
    lab: wanted.lab,
    slug: wanted.slug,
    version: wanted.version,
    sourceSha: wanted.sourceSha,
    manifestSha256: wanted.manifestSha256,
    verdict: result.verdict,
    counts: { passed: count('passed'), failed: count('failed'), skipped: count('skipped') },
    finishedAt: ports.clock.now(),
  };
}

async function recordCheck(wanted: SuiteInput, result: SuiteResult, { ports }: SuiteRun): Promise<void> {
  if (wanted.check === null) return;
  const conclusions: Readonly<Record<SuiteResult['verdict'], RunConclusion>> = {
    passed: 'success',
    failed: 'failure',
    'nothing-tested': 'neutral',
    'rig-failure': 'other',
  };
  await ports.codeHost.recordCheck({
    ...wanted.check,
    slug: wanted.slug,
    name: wanted.id,
    status: 'completed',
    conclusion: conclusions[result.verdict],
    summary: result.because,
    updatedAt: ports.clock.now(),
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

function judge(wanted: SuiteInput, result: SuiteResult, receipt: TestReceipt): z.infer<typeof output> {
  switch (result.verdict) {
    case 'passed':
      return { verdict: 'passed', ...receipt.counts };
    case 'failed':
      throw testsFailed(
        'tests.failed',
        `suite ${wanted.id} failed on ${wanted.slug} ${wanted.version}: ${result.because}`,
        {
          hint: 'read its log with: osrel logs',
          details: {
            suite: wanted.id,
            failed: result.tests.filter((test) => test.outcome === 'failed').map((test) => test.name),
          },
        },
      );
    case 'nothing-tested':
      throw testsFailed(
        'tests.nothing-tested',
        `suite ${wanted.id} tested nothing on ${wanted.slug}: ${result.because}`,
        {
          hint: 'a suite counts only when at least one test of it passed',
        },
      );
    default:
      throw rigFailed('lab.failed', `lab ${wanted.lab} could not run suite ${wanted.id}: ${result.because}`, {
        retryable: true,
      });
  }
}
