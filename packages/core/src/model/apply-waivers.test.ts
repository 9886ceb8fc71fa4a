import { describe, expect, it } from 'vitest';
import { applyWaivers } from './apply-waivers.ts';
import type { TestOutcome, TestResult } from './suite-report.ts';
import type { Waiver } from './waiver.ts';

const WAIVER: Waiver = {
  test: 'OS > network > wifi',
  suite: 'os',
  deviceTypes: ['pi5'],
  reason: 'antenna is broken',
  tracker: 'acme#7',
  owner: 'ada',
  expires: '2026-07-31',
};

const test = (name: string, outcome: TestOutcome, because: string | null = null): TestResult => ({
  name,
  outcome,
  because,
  durationMs: 5,
});
const wifi = test(WAIVER.test, 'failed', 'no link');

const apply = (
  tests: readonly TestResult[],
  change: Partial<Waiver> = {},
  now = '2026-07-31T23:59:59.999Z',
) => applyWaivers(tests, [{ ...WAIVER, ...change }], { suite: 'os', slug: 'pi5', now });

describe('applyWaivers', () => {
  it('marks a failure that it covers, through its last day, and keeps what failed', () => {
    const { tests, used, expired, unneeded } = apply([test('OS > boots', 'passed'), wifi]);
    expect(tests[1]).toEqual({
      ...wifi,
      outcome: 'waived',
      because: 'antenna is broken (acme#7): no link',
    });
    expect(used).toEqual([{ test: WAIVER.test, tracker: 'acme#7', owner: 'ada', expires: '2026-07-31' }]);
    expect([expired, unneeded]).toEqual([[], []]);
  });

  it('counts again the day after, and says whose waiver it was', () => {
    const { tests, used, expired } = apply([wifi], {}, '2026-08-01T00:00:00.000Z');
    expect(tests).toEqual([wifi]);
    expect(used).toEqual([]);
    expect(expired).toMatchObject([{ tracker: 'acme#7' }]);
    expect(apply([test(WAIVER.test, 'passed')], {}, '2026-08-01T00:00:00.000Z').expired).toEqual([]);
  });

  it('is told to be removed when its test passed, not when it did not run', () => {
    expect(apply([test(WAIVER.test, 'passed')]).unneeded).toMatchObject([{ test: WAIVER.test }]);
    expect(apply([test(WAIVER.test, 'skipped')]).unneeded).toEqual([]);
    expect(apply([test('OS > boots', 'passed')]).unneeded).toEqual([]);
  });

  it('holds for its suite and device types only, or for all where it names none', () => {
    expect(apply([wifi], { suite: 'hup' }).used).toEqual([]);
    expect(apply([wifi], { deviceTypes: ['pi4'] }).used).toEqual([]);
    expect(apply([wifi], { suite: null, deviceTypes: [] }).used).toHaveLength(1);
  });

  it('takes a star for any text and everything else for itself', () => {
    expect(apply([wifi], { test: 'OS > * > wifi' }).used).toHaveLength(1);
    expect(apply([wifi], { test: 'OS > network' }).used).toEqual([]);
    expect(apply([wifi], { test: 'OS > networ. > wifi' }).used).toEqual([]);
    expect(apply([test('a (b) [c]', 'failed')], { test: 'a (b) [*]' }).used).toHaveLength(1);
  });

  it('never waives what passed or was skipped', () => {
    const tests = [test('OS > boots', 'passed'), test('OS > tpm', 'skipped')];
    expect(apply(tests, { test: '*' }).tests).toEqual(tests);
  });
});
