import { describe, expect, it } from 'vitest';
import { BOOT_RULES, type BootRule } from './boot-signs.ts';
import { judgeBoot } from './judge-boot.ts';

const RULES = Object.keys(BOOT_RULES) as readonly BootRule[];
const KERNEL = { firmwareStarted: true, kernelStarted: true };

describe('judgeBoot', () => {
  it.each(RULES.filter((rule) => rule !== 'marker-shown'))('gives %s its own verdict and reason', (rule) => {
    const { verdict, because } = BOOT_RULES[rule];
    expect(judgeBoot({ rule, seen: 'last words' }, KERNEL)).toMatchObject({
      verdict,
      rule,
      because: `${because}: last words`,
    });
  });

  it('passes nothing but a marker that was shown', () => {
    const passing = RULES.filter((rule) => judgeBoot({ rule, seen: '' }, KERNEL).verdict === 'passed');
    expect(passing).toEqual(['marker-shown']);
  });

  it('fails the first test that was not reached, and skips the others with the reason', () => {
    const outcomes = (firmwareStarted: boolean, kernelStarted: boolean) =>
      judgeBoot({ rule: 'hang', seen: 'x' }, { firmwareStarted, kernelStarted }).tests.map(
        ({ outcome }) => outcome,
      );
    expect(outcomes(false, false)).toEqual(['failed', 'skipped', 'skipped']);
    expect(outcomes(true, false)).toEqual(['passed', 'failed', 'skipped']);
    expect(outcomes(true, true)).toEqual(['passed', 'passed', 'failed']);
  });

  it('claims no kernel that it has not seen, and fails nothing when QEMU is to blame', () => {
    const quiet = judgeBoot(
      { rule: 'marker-shown', seen: 'x' },
      { firmwareStarted: true, kernelStarted: false },
    );
    expect(quiet).toMatchObject({ verdict: 'passed', tests: [{}, { outcome: 'skipped' }, {}] });
    const { tests } = judgeBoot({ rule: 'qemu-failed', seen: 'x' });
    expect(tests.map(({ outcome }) => outcome)).toEqual(['skipped', 'skipped', 'skipped']);
  });
});
