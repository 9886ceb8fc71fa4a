import { describe, expect, it } from 'vitest';
import { parseTap } from './parse-tap.ts';

const outcomes = (text: string) =>
  parseTap(text).tests.map((test) => [test.name, test.outcome, test.because]);

describe('parseTap', () => {
  it('reads passed, failed, skipped and todo tests with their reasons', () => {
    const report = parseTap(`TAP version 14
1..5
ok 1 - boots
not ok 2 - reaches the network
  ---
  message: no link on eth0
  duration_ms: 12
  ...
ok 3 - has wifi # SKIP no antenna
not ok 4 - survives power loss # TODO not written
ok 5 - finds a bug # TODO passes by luck
`);
    expect(report.defect).toBeNull();
    expect(report.tests.map((test) => [test.name, test.outcome, test.because])).toEqual([
      ['boots', 'passed', null],
      ['reaches the network', 'failed', 'no link on eth0'],
      ['has wifi', 'skipped', 'skip: no antenna'],
      ['survives power loss', 'skipped', 'todo: not written'],
      ['finds a bug', 'skipped', 'todo: passes by luck'],
    ]);
  });

  it('passes over lines that are no TAP', () => {
    expect(outcomes('booting...\r\nok 1 - boots\r\n[  0.1] kernel\r\n1..1\r\n')).toEqual([
      ['boots', 'passed', null],
    ]);
  });

  it('counts a subtest by its own tests and not by the line that closes it', () => {
    const text = `TAP version 14
# Subtest: network
    ok 1 - wired
    not ok 2 - wireless
    # Subtest: tunnel
        ok 1 - opens
        1..1
    ok 3 - tunnel
    1..3
not ok 1 - network
1..1
`;
    expect(outcomes(text)).toEqual([
      ['network > wired', 'passed', null],
      ['network > wireless', 'failed', null],
      ['network > tunnel > opens', 'passed', null],
    ]);
  });

  it('counts the closing line when it fails although every test in it passed', () => {
    const text = '# Subtest: teardown\n    ok 1 - a\n    1..1\nnot ok 1 - teardown\n1..1\n';
    expect(outcomes(text).map(([name, outcome]) => [name, outcome])).toEqual([
      ['teardown > a', 'passed'],
      ['teardown', 'failed'],
    ]);
  });

  it('keeps a subtest that ran nothing as one test', () => {
    const text = '# Subtest: tpm\n    1..0 # SKIP no tpm\nok 1 - tpm # SKIP no tpm\n1..1\n';
    expect(outcomes(text)).toEqual([['tpm', 'skipped', 'skip: no tpm']]);
  });

  it('names tests that have no name by their number', () => {
    expect(outcomes('ok\nok 2\n1..2\n')).toEqual([
      ['test 1', 'passed', null],
      ['test 2', 'passed', null],
    ]);
  });

  it('says why a whole suite was skipped', () => {
    expect(parseTap('1..0 # SKIP no rig\n')).toMatchObject({ tests: [], defect: null, skipReason: 'no rig' });
  });

  it('has no defect and no test in an empty stream', () => {
    expect(parseTap('')).toEqual({ tests: [], defect: null, skipReason: null, bailOut: null, warnings: [] });
    expect(parseTap('just talk\n').tests).toEqual([]);
  });

  it.each([
    ['a plan that was not fulfilled', '1..3\nok 1 - a\nok 2 - b\n', /announces 3 tests, but 2/],
    ['a missing plan, as when the suite died', 'ok 1 - a\n', /plan/],
    ['a bail out', '1..3\nok 1 - a\nBail out! the rig is gone\n', /bailed out: the rig is gone/],
    ['a bail out before any test', 'Bail out!\n', /bailed out/],
  ])('finds %s', (_what, text, defect) => {
    expect(parseTap(text).defect).toMatch(defect);
  });

  it('finds a plan that was not fulfilled in a subtest', () => {
    const report = parseTap('# Subtest: n\n    1..2\n    ok 1 - a\nok 1 - n\n1..1\n');
    const isGreen = report.defect === null && report.tests.every((test) => test.outcome === 'passed');
    expect(isGreen).toBe(false);
  });
});
