import { badConfig, type OsrelError } from '@osrel/core';
import type { ProgramEnd } from '../../program-runner.ts';
import type { BuildSummary } from '../build-watch.ts';
import type { StartableBuild } from '../front-end.ts';
import type { Assignment } from '../settings/assignment.ts';
import { judgeVariables } from '../settings/judge-variables.ts';

/**
 * Holds bitbake to the settings it was given: as soon as its event log tells the final values, a build with others is
 * not worth going on with. A build that was over before anybody looked is judged by the same rule afterwards; else its
 * own exit status is believed.
 */
export function objectToSettings(
  assignments: readonly Assignment[],
): Pick<StartableBuild, 'findObjection' | 'judge'> {
  const findObjection = (summary: BuildSummary): OsrelError | undefined => {
    const problems = judgeVariables(assignments, summary.variables);
    const [first] = problems;
    if (first === undefined) return undefined;
    return badConfig(
      'build.setting-without-effect',
      `a setting of this build has no effect: ${first.message}`,
      {
        hint: `find what sets it: bitbake-getvar ${first.at} (or bitbake -e) in the build folder; then remove that, or the setting`,
        problems,
      },
    );
  };
  const judge = (end: ProgramEnd, summary: BuildSummary): string | undefined =>
    end.kind === 'exited' && end.exitCode === 0 ? findObjection(summary)?.message : undefined;
  return { findObjection, judge };
}
