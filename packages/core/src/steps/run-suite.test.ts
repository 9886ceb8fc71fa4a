import { describe, expect, it } from 'vitest';
import { type OsrelError, rigFailed } from '../errors/osrel-error.ts';
import type { SuiteReport } from '../model/suite-report.ts';
import { STEP_KINDS } from './registry.ts';
import type { StepRun } from './step-kind.ts';
import type { SuiteInput } from './suite-input.ts';
import { GIVEN, MANIFEST, RIG, suiteResult, suiteRun, suiteWish } from './test-suite-run.ts';

type Run = ReturnType<typeof suiteRun>;

const kind = STEP_KINDS.get('run-suite');

async function execute({ run }: Run, wanted: SuiteInput = suiteWish()): Promise<unknown> {
  // The kind asks for whole ports; the run has the methods that this step calls.
  return kind?.run(wanted, run as unknown as StepRun);
}

async function failureOf(run: Run, wanted?: SuiteInput): Promise<OsrelError> {
  const error = await execute(run, wanted).then(
    () => undefined,
    (thrown: OsrelError) => thrown,
  );
  if (error === undefined) throw new Error('the suite passed, and should have failed');
  return error;
}

const RIG_FAILURE = suiteResult({
  verdict: 'rig-failure',
  rule: 'rig-lost',
  because: 'no heartbeat',
  tests: [],
});
const FAILED = suiteResult({
  verdict: 'failed',
  rule: 'failed-test',
  because: '1 passed, 1 failed',
  tests: [
    { name: 'suite > boots', outcome: 'passed', because: null, durationMs: 5 },
    { name: 'suite > modem > signal', outcome: 'failed', because: 'no carrier', durationMs: 7 },
  ],
});
const WAIVER: SuiteInput['waivers'][number] = {
  test: 'suite > modem > *',
  suite: null,
  deviceTypes: [],
  reason: 'no SIM',
  tracker: 'issue 7',
  owner: 'ada',
  expires: '2026-12-31',
};

describe('a suite that passes', () => {
  it('leaves a receipt that names the bytes, the rig and the suite', async () => {
    const run = suiteRun([suiteResult()]);
    expect(await execute(run)).toEqual({
      verdict: 'passed',
      passed: 1,
      failed: 0,
      skipped: 0,
      waived: 0,
      attempts: 1,
      rig: RIG.id,
    });
    expect(run.receipts).toHaveLength(1);
    expect(run.receipts[0]).toMatchObject({
      schemaVersion: 2,
      planId: 'plan-1',
      entry: 'os-testbot',
      suite: 'os',
      suiteRevision: 'c'.repeat(40),
      rig: RIG,
      given: [GIVEN],
      manifestSha256: suiteWish().manifestSha256,
      verdict: 'passed',
      counts: { passed: 1, failed: 0, skipped: 0, waived: 0 },
    });
  });

  it('is told to the code host, the history, and as summary and JUnit', async () => {
    const run = suiteRun([suiteResult()]);
    await execute(run);
    expect(run.checks).toMatchObject([{ name: 'os-testbot', slug: 'board', conclusion: 'success' }]);
    expect(run.history).toMatchObject([{ entry: 'os-testbot', verdict: 'passed' }]);
    const summary = JSON.parse(run.kept.get('summary.json') ?? '') as SuiteReport;
    expect(summary).toEqual(run.history[0]);
    expect(run.kept.get('junit.xml')).toContain('boots');
  });

  it('is found done by its own plan alone, and for these bytes alone', async () => {
    const run = suiteRun([suiteResult()]);
    await execute(run);
    const probe = (wanted: SuiteInput, planId = 'plan-1') =>
      kind?.probe(wanted, { ...run.run, planId } as unknown as StepRun);
    expect(await probe(suiteWish())).toMatchObject({ done: true, output: { passed: 1, attempts: 1 } });
    expect(await probe(suiteWish(), 'plan-2')).toEqual({ done: false });
    expect(await probe(suiteWish({ manifestSha256: 'e'.repeat(64) }))).toEqual({ done: false });
    expect(await probe(suiteWish({ id: 'os-qemu' }))).toEqual({ done: false });
  });

  it('gets the files of the release by their names in the manifest', async () => {
    const run = suiteRun([suiteResult()]);
    await execute(run);
    const folder = '/deploy/board/1.0.0';
    expect(run.requests[0]).toMatchObject({
      deployDirectory: folder,
      image: { name: 'image/balena.img', path: `${folder}/image/balena.img` },
      hostapp: { path: `${folder}/hostapp/balena-image-board.docker` },
      kernelHeaders: { path: `${folder}/kernel_modules_headers.tar.gz` },
      failFast: true,
      attempt: 1,
      avoidRigs: [],
    });
  });
});

describe('a suite that does not pass', () => {
  it.each([
    ['failed', 'tests.failed', 3, 'failure'],
    ['nothing-tested', 'tests.nothing-tested', 3, 'neutral'],
    ['unsupported', 'tests.unsupported', 4, 'neutral'],
    ['rig-failure', 'lab.rig-failed', 6, 'other'],
    ['infrastructure', 'lab.infrastructure', 6, 'other'],
  ] as const)(
    'as %s is %s, exit %d, and recorded all the same',
    async (verdict, code, exitCode, conclusion) => {
      const run = suiteRun([suiteResult({ verdict, because: 'why not' })]);
      const error = await failureOf(run, suiteWish({ retries: 0 }));
      expect(error).toMatchObject({ code, exitCode, message: expect.stringContaining('why not') });
      expect(run.receipts).toMatchObject([{ verdict }]);
      expect(run.checks).toMatchObject([{ conclusion }]);
      expect(run.kept.has('summary.json')).toBe(true);
    },
  );

  it('is not recorded when it was interrupted', async () => {
    const run = suiteRun([rigFailed('x.stopped', 'stopped')]);
    await failureOf(run);
    expect(run.receipts).toEqual([]);
    expect(run.checks).toEqual([]);
  });
});

describe('another attempt', () => {
  it('is made after a rig failure, on another rig, and stays visible', async () => {
    const other = { ...RIG, id: 'https://rig-2.example' };
    const run = suiteRun([RIG_FAILURE, suiteResult({ rig: other })]);
    expect(await execute(run)).toMatchObject({ verdict: 'passed', attempts: 2, rig: other.id });
    expect(run.requests.map(({ attempt, avoidRigs }) => ({ attempt, avoidRigs }))).toEqual([
      { attempt: 1, avoidRigs: [] },
      { attempt: 2, avoidRigs: [RIG.id] },
    ]);
    expect(run.receipts[0]?.attempts).toMatchObject([
      { verdict: 'rig-failure', because: 'no heartbeat', rig: RIG },
      { verdict: 'passed', rig: other },
    ]);
    expect(run.lines.join('\n')).toContain('attempt 1 ended as rig-failure: no heartbeat');
  });

  it('is made after a failure of the infrastructure', async () => {
    const run = suiteRun([suiteResult({ verdict: 'infrastructure', rig: null }), suiteResult()]);
    expect(await execute(run)).toMatchObject({ attempts: 2 });
    expect(run.requests[1]?.avoidRigs).toEqual([]);
  });

  it.each(['failed', 'nothing-tested', 'unsupported'] as const)('is not made when it %s', async (verdict) => {
    const run = suiteRun([suiteResult({ verdict })]);
    await failureOf(run, suiteWish({ retries: 5 }));
    expect(run.requests).toHaveLength(1);
  });

  it('is made as often as the budget says, and the failure names all of them', async () => {
    const run = suiteRun([RIG_FAILURE, RIG_FAILURE, RIG_FAILURE]);
    const error = await failureOf(run, suiteWish({ retries: 2 }));
    expect(error.message).toContain('after 3 attempts');
    expect(error.details.attempts).toHaveLength(3);
  });

  it('keeps its files beside those of the first', async () => {
    const run = suiteRun([RIG_FAILURE, suiteResult()], MANIFEST, ({ keep }) =>
      keep('serial.log', '/tmp/serial', 'text'),
    );
    await execute(run);
    expect([...run.kept.keys()]).toEqual(expect.arrayContaining(['serial.log', 'attempt-2-serial.log']));
  });
});

describe('the bytes that were tested', () => {
  it('have to be those of the release', async () => {
    const run = suiteRun([suiteResult({ given: [{ ...GIVEN, sha256: '9'.repeat(64) }] })]);
    const error = await failureOf(run);
    expect(error).toMatchObject({ code: 'tests.other-bytes', exitCode: 8 });
    expect(error.message).toContain('image/balena.img');
    expect(run.receipts).toEqual([]);
  });

  it('have to be files of the release', async () => {
    const run = suiteRun([suiteResult({ given: [GIVEN, { ...GIVEN, name: 'other.img' }] })]);
    expect(await failureOf(run)).toMatchObject({ code: 'tests.other-bytes' });
  });

  it('have to be told by a lab that passes a suite', async () => {
    expect(await failureOf(suiteRun([suiteResult({ given: [] })]))).toMatchObject({
      code: 'tests.bytes-unknown',
    });
    await expect(
      execute(suiteRun([suiteResult({ given: [] })]), suiteWish({ image: null })),
    ).resolves.toMatchObject({ verdict: 'passed' });
  });
});

describe('a minimum of tests', () => {
  const twoNeeded = suiteWish({ minimum: 2 });

  it('is missed by a suite in which fewer passed, and no check says success', async () => {
    const run = suiteRun([suiteResult()]);
    const error = await failureOf(run, twoNeeded);
    expect(error).toMatchObject({ code: 'tests.too-few', exitCode: 3 });
    expect(error.message).toContain('with 1 tests, and 2 must pass');
    expect(run.checks).toMatchObject([{ conclusion: 'neutral' }]);
    expect(run.receipts).toMatchObject([{ verdict: 'passed', counts: { passed: 1 } }]);
    expect(await kind?.probe(twoNeeded, run.run as unknown as StepRun)).toEqual({ done: false });
  });

  it('is met with the help of waived tests', async () => {
    const run = suiteRun([FAILED]);
    expect(await execute(run, { ...twoNeeded, waivers: [WAIVER] })).toMatchObject({ passed: 1, waived: 1 });
  });
});

describe('a waiver', () => {
  const waived = suiteWish({ waivers: [WAIVER] });

  it('lets a suite pass whose failures it covers all, and stays in the receipt', async () => {
    const run = suiteRun([FAILED]);
    expect(await execute(run, waived)).toMatchObject({ verdict: 'passed', passed: 1, failed: 0, waived: 1 });
    expect(run.receipts[0]).toMatchObject({
      verdict: 'passed',
      waivers: [{ test: 'suite > modem > signal', tracker: 'issue 7', owner: 'ada', expires: '2026-12-31' }],
    });
    expect(run.receipts[0]?.because).toContain('issue 7');
    expect(run.requests[0]?.failFast).toBe(false);
  });

  it('does not when another test failed', async () => {
    const tests = [
      ...FAILED.tests,
      { ...FAILED.tests[1], name: 'suite > fsck' } as (typeof FAILED.tests)[number],
    ];
    expect(await failureOf(suiteRun([{ ...FAILED, tests }]), waived)).toMatchObject({ code: 'tests.failed' });
  });

  it('does not when the suite broke off', async () => {
    expect(await failureOf(suiteRun([{ ...FAILED, isWhole: false }]), waived)).toMatchObject({
      code: 'tests.failed',
    });
  });

  it('does not when nothing else passed', async () => {
    const tests = FAILED.tests.filter((test) => test.outcome === 'failed');
    expect(await failureOf(suiteRun([{ ...FAILED, tests }]), waived)).toMatchObject({ code: 'tests.failed' });
  });

  it('that has expired covers nothing, and the failure says so', async () => {
    const expired = suiteWish({ waivers: [{ ...WAIVER, expires: '2026-06-30' }] });
    const error = await failureOf(suiteRun([FAILED]), expired);
    expect(error).toMatchObject({ code: 'tests.waiver-expired', exitCode: 3 });
    for (const told of ['2026-06-30', 'issue 7', 'ada']) expect(error.message).toContain(told);
  });

  it('holds through its last day', async () => {
    const today = suiteWish({ waivers: [{ ...WAIVER, expires: '2026-07-01' }] });
    await expect(execute(suiteRun([FAILED]), today)).resolves.toMatchObject({ waived: 1 });
  });

  it('whose test passes is told to be removed', async () => {
    const run = suiteRun([suiteResult()]);
    await execute(run, suiteWish({ waivers: [{ ...WAIVER, test: 'suite > boots' }] }));
    expect(run.lines.join('\n')).toContain('waiver not needed: suite > boots passed (issue 7)');
  });

  it('does not excuse a rig', async () => {
    const run = suiteRun([{ ...FAILED, verdict: 'rig-failure', rule: 'rig-lost' }]);
    expect(await failureOf(run, { ...waived, retries: 0 })).toMatchObject({ code: 'lab.rig-failed' });
  });
});
