import { describe, expect, it } from 'vitest';
import type { ProgramEnd } from '../../program-runner.ts';
import type { BuildSummary } from '../build-watch.ts';
import { judgeContainer } from './judge-container.ts';
import { summary } from './test-container-build.ts';

const ZERO: ProgramEnd = { kind: 'exited', exitCode: 0 };
const succeeded = { machine: 'qemux86', result: 'succeeded' } as const;
const failed = { machine: 'qemux86', result: 'failed' } as const;

function judge(results: BuildSummary['barysResults'], { end = ZERO, expectedCalls = 1 } = {}) {
  return judgeContainer(end, summary(results), { machine: 'qemux86', engine: 'docker', expectedCalls });
}

describe('judgeContainer', () => {
  it('finds nothing wrong when every image was built', () => {
    expect(judge([succeeded, succeeded], { expectedCalls: 2 })).toBeUndefined();
  });

  it('does not let the success of one image hide the failure of another (W15)', () => {
    expect(judge([succeeded, failed], { expectedCalls: 2 })).toBe(
      '1 of 2 bitbake calls failed; the container ended with 0 all the same',
    );
  });

  it('finds a bitbake call missing that nobody told the end of', () => {
    expect(judge([succeeded], { expectedCalls: 2 })).toContain('told of 1 successful');
  });

  it('does not take the success of another machine for one of this', () => {
    expect(judge([{ ...succeeded, machine: 'other' }])).toContain('never told that a build for qemux86');
  });

  it('takes silence for a failure', () => {
    expect(judge([])).toContain('the container ended with 0 all the same');
  });

  it.each([
    [125, 'could not start the container'],
    [126, 'may not be executed'],
    [127, 'no entry script'],
    [137, 'want of memory'],
  ])('explains exit code %i of the engine', (exitCode, meaning) => {
    expect(judge([succeeded], { end: { kind: 'exited', exitCode } })).toContain(meaning);
  });

  it.each<ProgramEnd>([
    { kind: 'exited', exitCode: 2 },
    { kind: 'killed', signalName: 'SIGKILL' },
  ])('believes the end %j', (end) => {
    expect(judge([succeeded], { end })).toBeUndefined();
  });
});
