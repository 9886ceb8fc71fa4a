import { renderAssignment } from './assignment.ts';
import { buildAssignments, type SettledBuild } from './build-assignments.ts';
import type { SettingsPlace } from './cache-assignments.ts';

/**
 * The body of osrel's block in `conf/auto.conf`, without a last line end: every setting of the build that is a bitbake
 * variable (balena-automation 1.5). It holds no secret; `secretVariables` travel in the environment. Throws config
 * `build.malformed-variable`, `build.malformed-path` and `build.malformed-address`.
 */
export function renderAutoConf(build: SettledBuild, place: SettingsPlace): string {
  return buildAssignments(build, place).map(renderAssignment).join('\n');
}
