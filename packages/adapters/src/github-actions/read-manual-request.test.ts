import { asOsrelError, type Problem } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { readManualRequest } from './read-manual-request.ts';

const read = (inputs: Parameters<typeof readManualRequest>[0]) =>
  readManualRequest(inputs, 'workflow_dispatch');

function problemsOf(inputs: Parameters<typeof readManualRequest>[0]): readonly Problem[] {
  try {
    read(inputs);
  } catch (error) {
    return asOsrelError(error)?.problems ?? [];
  }
  return [];
}

describe('what the inputs of a manual start ask for', () => {
  it.each([
    [true, true],
    ['true', true],
    [' true ', true],
    [false, false],
    ['false', false],
    ['', undefined],
    [null, undefined],
  ])('reads run-tests %j as %j', (value, expected) => {
    expect(read({ 'run-tests': value }).request.runTests).toBe(expected);
  });

  it('does not take the text false for a yes', () => {
    expect(read({ 'force-finalize': 'false' }).request).toEqual({ forceFinalize: false });
  });

  it('reads names with underscores', () => {
    expect(read({ run_tests: 'true', force_finalize: 'true' }).request).toMatchObject({
      runTests: true,
      forceFinalize: true,
    });
  });

  it('lets an explicit answer stand against what the environment implies', () => {
    const { request } = read({ 'deploy-environment': 'balena-cloud.com', 'deploy-s3': 'false' });
    expect(request).toEqual({ deployStore: false, forceFinalize: false, environment: 'balena-cloud.com' });
  });

  it('lets an explicit no stand against what a forced finalization implies', () => {
    const { request } = read({ 'force-finalize': 'true', 'deploy-s3': 'false' });
    expect(request).toEqual({ deployHostapp: true, deployStore: false, forceFinalize: true });
  });

  it('takes finalize-hostapp for a forced finalization and says so', () => {
    const { request, trace } = read({ 'finalize-hostapp': 'true' });
    expect(request.forceFinalize).toBe(true);
    expect(trace.join('\n')).toContain('it counts as force-finalize');
  });

  it('lets run-tests decide beside a test matrix', () => {
    const matrix = '{"include":[{"test_suite":"os","environment":"balena-cloud.com"}]}';
    const { request, trace } = read({ 'run-tests': 'false', test_matrix: matrix });
    expect(request.runTests).toBe(false);
    expect(trace).toContain('input test_matrix does not count beside run-tests=false');
  });

  it('takes a matrix without a suite as a no', () => {
    expect(read({ test_matrix: '{"test_suite": ""}' }).request.runTests).toBe(false);
  });

  it('keeps the reason on one line', () => {
    expect(read({ reason: 'rig down\r\n::warning::x' }).request.reason).toBe('rig down ::warning::x');
  });

  it('names inputs that mean nothing here without their values', () => {
    const { trace } = read({ 'meta-balena-ref': 'main', 'signing\nkey': 'hunter2' });
    expect(trace).toEqual(['inputs without a meaning here: meta-balena-ref, signing key']);
  });

  it('does not name unknown inputs that were left empty', () => {
    expect(read({ 'meta-balena-ref': '' }).trace).toEqual([]);
  });

  it('reports every bad input at once', () => {
    const problems = problemsOf({ 'run-tests': 'maybe', 'deploy-s3': 1, 'deploy-environment': '../prod' });
    expect(problems.map(({ at }) => at)).toEqual([
      'inputs.run-tests',
      'inputs.deploy-s3',
      'inputs.deploy-environment',
    ]);
  });

  it('refuses a malformed matrix with its place', () => {
    expect(problemsOf({ test_matrix: '{"test_suite":' })[0]?.at).toBe('inputs.test_matrix');
  });
});
