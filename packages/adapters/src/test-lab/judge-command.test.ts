import type { TestResult } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import type { ProgramEnd } from '../program-runner.ts';
import { judgeCommand } from './judge-command.ts';

const test = (name: string, outcome: TestResult['outcome'], because: string | null = null): TestResult => ({
  name,
  outcome,
  because,
  durationMs: null,
});
const passed = test('boots', 'passed');
const failed = test('network', 'failed', 'no link');
const skipped = test('tpm', 'skipped', 'no tpm');
const EMPTY = { tests: [], defect: null, skipReason: null, bailOut: null, warnings: [] };
const exit = (exitCode: number): ProgramEnd => ({ kind: 'exited', exitCode });

function judge(tests: readonly TestResult[], end: ProgramEnd = exit(0), defect: string | null = null) {
  const report = { ...EMPTY, tests, defect };
  const { verdict, because } = judgeCommand({ report, end, timeoutMs: 60_000, hits: [] });
  return `${verdict}: ${because}`;
}

describe('judgeCommand', () => {
  it('is green when a test passed, none failed and the program ended well', () => {
    expect(judge([passed, skipped])).toBe('passed: 1 passed, 1 skipped');
  });

  it('fails with the first failure', () => {
    expect(judge([passed, failed], exit(1))).toBe('failed: 1 passed, 1 failed; first: network: no link');
    expect(judge([failed], exit(0))).toMatch(/^failed/);
  });

  it('fails when all passed but the exit code says otherwise', () => {
    expect(judge([passed], exit(4))).toBe('failed: 1 passed, but its exit code is 4');
  });

  it('fails on a report that is not whole', () => {
    expect(judge([passed], exit(0), 'the plan announces 3 tests, but 1 reported')).toMatch(
      /^failed: the plan/,
    );
    expect(judge([], exit(0), 'the suite bailed out')).toMatch(/^failed/);
  });

  it('has tested nothing when nothing ran or everything was skipped (W35)', () => {
    expect(judge([])).toBe('nothing-tested: it reported no test');
    expect(judge([], exit(127))).toBe(
      'nothing-tested: it ended with exit code 127 before it reported a test',
    );
    expect(judge([skipped, skipped])).toBe('nothing-tested: all 2 tests were skipped');
    const report = { ...EMPTY, skipReason: 'no rig' };
    expect(judgeCommand({ report, end: exit(0), timeoutMs: 1, hits: [] }).because).toContain('no rig');
  });

  it('blames the rig for a program that ran out of time or was killed (W34)', () => {
    expect(judge([passed], { kind: 'timed-out' })).toBe(
      'rig-failure: it did not end within 60 s; 1 passed until then',
    );
    expect(judge([passed], { kind: 'killed', signalName: 'SIGKILL' })).toMatch(/^rig-failure: .*SIGKILL/);
  });

  it('counts a failed test before the program was killed or ran out of time', () => {
    expect(judge([failed], { kind: 'killed', signalName: 'SIGSEGV' })).toMatch(/^failed/);
    expect(judge([failed], { kind: 'timed-out' })).toMatch(/^failed/);
  });

  it('is never green without a passed test', () => {
    const ends: ProgramEnd[] = [
      exit(0),
      exit(1),
      { kind: 'timed-out' },
      { kind: 'killed', signalName: 'SIGTERM' },
    ];
    const tests = [[], [skipped], [failed], [skipped, failed]];
    const verdicts = ends.flatMap((end) => tests.map((each) => judge(each, end)));
    expect(verdicts.filter((verdict) => verdict.startsWith('passed'))).toEqual([]);
  });
});
