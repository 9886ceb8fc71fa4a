import { asOsrelError, type MachineImages, type MachineImageTestResult } from '@osrel/core';
import type { ProgramOutcome, RunProgram } from '../program-runner.ts';
import { judgeCommand } from './judge-command.ts';
import { parseTap } from './parse-tap.ts';

export interface MachineImageTestOptions {
  readonly run: RunProgram;
  /** Absolute path of the repository's root, where the command starts. */
  readonly root: string;
  /** The environment of the command, before the `OSREL_*` variables are added. */
  readonly environment: Readonly<Record<string, string>>;
  readonly region: string;
  readonly killAfterMs?: number;
}

const LONGEST_REPORT = 4 * 1024 * 1024;

/**
 * Runs a command of the repository as the test of a machine image. It gets `OSREL_MACHINE_IMAGE` (the id),
 * `OSREL_MACHINE_IMAGE_NAME` and `OSREL_MACHINE_IMAGE_REGION`. When it prints TAP, that is judged as a suite's; else the
 * exit code is the verdict.
 */
export function createMachineImageTest(options: MachineImageTestOptions): MachineImages['runTest'] {
  return async (request, observer) => {
    const [file = '', ...words] = request.command;
    let outcome: ProgramOutcome;
    try {
      outcome = await options.run({
        file,
        arguments: words,
        workingDirectory: options.root,
        environment: {
          ...options.environment,
          OSREL_MACHINE_IMAGE: request.imageId,
          OSREL_MACHINE_IMAGE_NAME: request.name,
          OSREL_MACHINE_IMAGE_REGION: options.region,
        },
        signal: observer.signal,
        onLine: observer.onLine,
        timeoutMs: request.timeoutMs,
        keepStdout: LONGEST_REPORT,
        ...(options.killAfterMs === undefined ? {} : { killAfterMs: options.killAfterMs }),
      });
    } catch (error) {
      const failure = asOsrelError(error);
      if (failure?.kind !== 'tool' || !failure.code.startsWith('program.')) throw error;
      return { verdict: 'rig-failure', tests: [], because: failure.message };
    }
    return judge(outcome, request.timeoutMs);
  };
}

/** What only TAP looks like: its version, a plan, a test point or a bail-out at the start of a line. */
const TAP_LINE = /^(TAP version \d+|1\.\.\d+|(not )?ok\b|Bail out!)/m;

function judge({ end, stdout }: ProgramOutcome, timeoutMs: number): MachineImageTestResult {
  if (end.kind !== 'exited' || TAP_LINE.test(stdout)) {
    const { verdict, tests, because } = judgeCommand({ report: parseTap(stdout), end, timeoutMs, hits: [] });
    return { verdict, tests, because };
  }
  const because = `its exit code is ${end.exitCode}`;
  return { verdict: end.exitCode === 0 ? 'passed' : 'failed', tests: [], because };
}
