import type { Plan } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { SHA } from '../builders/facts.ts';
import { command, planOf, pullRequest, refusalOf } from '../builders/plan-of.ts';

const MATRIX = [
  { suite: 'os', lab: 'leviathan', worker: 'qemu', 'secure-boot': true },
  { suite: 'os', lab: 'leviathan', worker: 'testbot', 'test-image': 'balena.img' },
  { suite: 'hup', lab: 'leviathan', environment: 'balena-cloud.com', 'worker-fleets': 'a/b,c/d' },
  { suite: 'boot', lab: 'qemu', marker: 'ready: \\d+' },
];
const WAIVER = {
  test: 'modem > *',
  reason: 'no SIM',
  tracker: 'issue 7',
  owner: 'ada',
  expires: '2026-12-31',
};

const suitesOf = (plan: Plan) => plan.steps.filter((step) => step.kind === 'run-suite');
const idsOf = (plan: Plan) => suitesOf(plan).map((step) => step.id);

describe('the suites of a plan', () => {
  it('are one step an entry, with everything that a lab needs', async () => {
    const plan = await planOf(pullRequest(), {}, { tests: { matrix: MATRIX, retries: 2 } });
    expect(idsOf(plan)).toEqual(['test-os-qemu', 'test-os-testbot', 'test-hup', 'test-boot']);
    const [qemu, testbot, hup, boot] = suitesOf(plan).map((step) => step.with);
    expect(qemu).toMatchObject({
      lab: 'leviathan',
      worker: 'qemu',
      secureBoot: true,
      retries: 2,
      marker: null,
    });
    expect(testbot).toMatchObject({ worker: 'testbot', secureBoot: false, testImage: 'balena.img' });
    expect(hup).toMatchObject({ environment: 'balena-cloud.com', workerFleets: ['a/b', 'c/d'] });
    expect(boot).toMatchObject({ lab: 'qemu', marker: 'ready: \\d+', architecture: 'aarch64' });
  });

  it('carry the waivers that could hold for them', async () => {
    const waivers = [
      WAIVER,
      { ...WAIVER, suite: 'hup' },
      { ...WAIVER, 'device-types': ['another-board'] },
      { ...WAIVER, expires: '2020-01-01', tracker: 'issue 8' },
    ];
    const plan = await planOf(pullRequest(), {}, { tests: { matrix: MATRIX, waivers } });
    const trackers = suitesOf(plan).map((step) =>
      (step.with as { waivers: { suite: string | null; tracker: string }[] }).waivers.map(
        ({ suite, tracker }) => `${suite ?? 'all'}: ${tracker}`,
      ),
    );
    expect(trackers).toEqual([
      ['all: issue 7', 'all: issue 8'],
      ['all: issue 7', 'all: issue 8'],
      ['all: issue 7', 'hup: issue 7', 'all: issue 8'],
      ['all: issue 7', 'all: issue 8'],
    ]);
  });

  const staged = {
    deployFolder: { manifestSha256: 'c'.repeat(64), sourceSha: SHA, version: '6.5.1', dirty: false },
  };

  it.each([
    [['hup'], ['test-hup']],
    [['os'], ['test-os-qemu', 'test-os-testbot']],
    [
      ['boot', 'os-qemu'],
      ['test-os-qemu', 'test-boot'],
    ],
  ])('are those that a command names: %j', async (entries, expected) => {
    const plan = await planOf(command('test', { entries }), staged, { tests: { matrix: MATRIX } });
    expect(idsOf(plan)).toEqual(expected);
  });

  it('refuse a name that is no entry and no suite, with the nearest one', async () => {
    const refusal = await refusalOf(command('test', { entries: ['hub', 'os'] }), staged, {
      tests: { matrix: MATRIX },
    });
    expect(refusal).toMatchObject({ code: 'tests.unknown-entry', exitCode: 2, hint: 'did you mean hup?' });
    expect(refusal.message).toContain('hub');
  });
});
