import type { ProgramEnd } from '../../program-runner.ts';
import type { BuildSummary } from '../build-watch.ts';

export interface ContainerJudgement {
  readonly machine: string;
  /** Name of the engine. */
  readonly engine: string;
  /** How often barys should have called bitbake with success. */
  readonly expectedCalls: number;
}

/** What the engines' own exit codes mean; the others are those of the entry script. */
const ENGINE_EXITS: Readonly<Record<number, string>> = {
  125: 'it could not start the container',
  126: 'the entry script /prepare-and-start.sh of the image may not be executed',
  127: 'the image has no entry script /prepare-and-start.sh',
  137: 'the container was killed, by the kernel for want of memory or by somebody',
};

/**
 * Why a build in the container failed, where the exit code does not say it. The entry script ends with 0 whatever barys
 * did (balena-automation 1.12), so barys' own results count: each bitbake call must have succeeded, lest one image's
 * success hides another's failure (balena-workflow 4.3).
 */
export function judgeContainer(
  end: ProgramEnd,
  summary: BuildSummary,
  { machine, engine, expectedCalls }: ContainerJudgement,
): string | undefined {
  if (end.kind !== 'exited') return undefined;
  const meaning = ENGINE_EXITS[end.exitCode];
  if (meaning !== undefined) return `${engine} ended with exit code ${end.exitCode}: ${meaning}`;
  if (end.exitCode !== 0) return undefined;
  const results = summary.barysResults;
  const failed = results.filter(({ result }) => result === 'failed').length;
  const despite = 'the container ended with 0 all the same';
  if (failed > 0) {
    return `${failed} of ${results.length} bitbake ${results.length === 1 ? 'call' : 'calls'} failed; ${despite}`;
  }
  const succeeded = results.filter((result) => result.machine === machine).length;
  if (succeeded >= expectedCalls) return undefined;
  if (succeeded === 0) return `barys never told that a build for ${machine} succeeded; ${despite}`;
  return `barys told of ${succeeded} successful builds for ${machine} where there must be ${expectedCalls}; ${despite}`;
}
