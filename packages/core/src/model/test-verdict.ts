/**
 * How a suite ended. `failed`: the product did not do what a test asks. `nothing-tested`: no test of it ran or passed.
 * `unsupported`: this lab or suite cannot test this device type. `rig-failure`: the rig died or did not answer.
 * `infrastructure`: what drives the rigs failed (core, network, accounts).
 */
export const TEST_VERDICTS = [
  'passed',
  'failed',
  'nothing-tested',
  'unsupported',
  'rig-failure',
  'infrastructure',
] as const;
export type TestVerdict = (typeof TEST_VERDICTS)[number];

/** Whether the same bytes may do better on another rig: what failed says nothing about them. */
export function mayBeRetried(verdict: TestVerdict): boolean {
  return verdict === 'rig-failure' || verdict === 'infrastructure';
}
