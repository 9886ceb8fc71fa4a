import { judgeSuite, type LogHit, type SuiteEnding, type TestReport, type Verdict } from '@osrel/core';
import type { ProgramEnd } from '../program-runner.ts';

export interface CommandEnd {
  readonly report: TestReport;
  readonly end: ProgramEnd;
  readonly timeoutMs: number;
  readonly hits: readonly LogHit[];
}

/** The verdict on a suite that is a command, from what it reported and how its program ended. */
export function judgeCommand({ report, end, timeoutMs, hits }: CommandEnd): Verdict {
  // The causes that osrel knows by itself are those of Leviathan; a command means something else by the same words.
  const own = hits.filter((hit) => hit.scope === 'configured');
  return judgeSuite({
    report,
    ending: endingOf(end, timeoutMs),
    hits: own,
    summary: null,
    summaryDefect: null,
  });
}

function endingOf(end: ProgramEnd, timeoutMs: number): SuiteEnding {
  switch (end.kind) {
    case 'timed-out':
      return { kind: 'timed-out', afterMs: timeoutMs };
    case 'killed':
      return end;
    default:
      return { kind: 'reported', success: end.exitCode === 0, exitCode: end.exitCode };
  }
}
