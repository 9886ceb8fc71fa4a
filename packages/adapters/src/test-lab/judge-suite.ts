import type { SuiteResult, TestResult } from '@osrel/core';
import type { ProgramEnd } from '../program-runner.ts';
import type { TestReport } from './parse-tap.ts';

/**
 * The verdict on a suite, from what it reported and how its program ended. It is green only when at least one test
 * passed, none failed, the report is whole and the exit code is 0; a program that ran out of time or was killed says
 * nothing about the product.
 */
export function judgeSuite(report: TestReport, end: ProgramEnd, timeoutMs: number): SuiteResult {
  const { tests, defect } = report;
  const verdict = (word: SuiteResult['verdict'], because: string): SuiteResult => ({
    verdict: word,
    tests,
    because,
  });
  if (end.kind === 'timed-out') {
    return verdict(
      'rig-failure',
      `it did not end within ${timeoutMs / 1000} s; ${countsOf(tests)} until then`,
    );
  }
  const failed = tests.filter((test) => test.outcome === 'failed');
  if (failed.length > 0) return verdict('failed', `${countsOf(tests)}; first: ${describeFailure(failed[0])}`);
  if (end.kind === 'killed')
    return verdict('rig-failure', `it was killed by ${end.signalName} after ${countsOf(tests)}`);
  if (defect !== null) return verdict('failed', `${defect} (${countsOf(tests)})`);
  const passed = tests.filter((test) => test.outcome === 'passed').length;
  if (tests.length === 0) return verdict('nothing-tested', reasonOfNothing(report, end.exitCode));
  if (passed === 0) return verdict('nothing-tested', `all ${tests.length} tests were skipped`);
  if (end.exitCode !== 0)
    return verdict('failed', `${countsOf(tests)}, but its exit code is ${end.exitCode}`);
  return verdict('passed', countsOf(tests));
}

function reasonOfNothing({ skipReason }: TestReport, exitCode: number): string {
  if (skipReason !== null) return `the whole suite was skipped: ${skipReason}`;
  return exitCode === 0
    ? 'it reported no test'
    : `it ended with exit code ${exitCode} before it reported a test`;
}

function countsOf(tests: readonly TestResult[]): string {
  const count = (outcome: TestResult['outcome']): number =>
    tests.filter((test) => test.outcome === outcome).length;
  const [passed, failed, skipped] = [count('passed'), count('failed'), count('skipped')];
  return [
    `${passed} passed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ].join(', ');
}

function describeFailure(failure: TestResult | undefined): string {
  if (failure === undefined) return '';
  return failure.because === null ? failure.name : `${failure.name}: ${failure.because}`;
}
