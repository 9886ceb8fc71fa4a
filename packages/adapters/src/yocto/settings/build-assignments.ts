import { badConfig, type OsBuildRequest, type Problem } from '@osrel/core';
import type { Assignment } from './assignment.ts';
import { cacheAssignments, type SettingsPlace } from './cache-assignments.ts';
import { settingPath } from './setting-path.ts';

/** The parts of a build that bitbake is told by variables. */
export type SettledBuild = Pick<OsBuildRequest, 'settings' | 'deviceTypeBaseName'>;

/**
 * The settings of balena-automation 1.5 and the caches, as assignments in the order they are written. Of two with one
 * name the later wins and the earlier is left out; words that are added (`+=`) come last, so that no assignment drops
 * them. No secret is among them: `secretVariables` travel in the environment. Throws config errors of names, paths and addresses.
 */
export function buildAssignments(build: SettledBuild, place: SettingsPlace): readonly Assignment[] {
  const { settings } = build;
  checkVariableNames(settings.variables.map(({ name }) => name));
  const all = [
    ...plainSettings(build, place.root),
    ...cacheAssignments(settings, place),
    ...settings.variables.map(({ name, value }) => set(name, value)),
  ];
  const last = new Map(all.map((assignment) => [assignment.name, assignment]));
  return [
    ...all.filter((assignment) => last.get(assignment.name) === assignment),
    ...inheritedClasses(build),
  ];
}

function plainSettings({ settings, deviceTypeBaseName }: SettledBuild, root: string): readonly Assignment[] {
  const { compressImage, downloads, sharedState, supervisorVersion, buildHistory } = settings;
  return [
    set('DEVICE_TYPE', deviceTypeBaseName),
    set('OS_DEVELOPMENT', settings.developmentImage ? '1' : '0'),
    ...(compressImage ? [set('BALENA_RAW_IMG_COMPRESSION', 'xz')] : []),
    ...(supervisorVersion === null ? [] : [set('SUPERVISOR_VERSION', supervisorVersion)]),
    ...(downloads === null ? [] : [set('DL_DIR', settingPath('build.downloads', downloads, root))]),
    ...(sharedState === null ? [] : [set('SSTATE_DIR', settingPath('build.sstate', sharedState, root))]),
    ...(buildHistory ? [set('BUILDHISTORY_COMMIT', '1')] : []),
  ];
}

function inheritedClasses({ settings }: SettledBuild): readonly Assignment[] {
  const classes = [
    ...(settings.removeWork ? ['rm_work'] : []),
    ...(settings.buildHistory ? ['buildhistory'] : []),
  ];
  return classes.map((value) => ({ name: 'INHERIT', operator: '+=', value }));
}

function set(name: string, value: string): Assignment {
  return { name, operator: '=', value };
}

/** The names of balena-automation 1.2 REQ, and overrides (`KERNEL_BOOTCMD:raspberrypi5`, `FOO:append`). */
function checkVariableNames(names: readonly string[]): void {
  const problems: readonly Problem[] = names
    .filter((name) => !/^[A-Za-z_][A-Za-z0-9_.+-]*(?::[A-Za-z0-9_.+-]+)*$/.test(name))
    .map((name) => ({
      at: 'build.variables',
      message: `${JSON.stringify(name)} cannot be a bitbake variable`,
    }));
  const [first] = problems;
  if (first === undefined) return;
  throw badConfig('build.malformed-variable', first.message, {
    hint: 'letters, digits, "_" and "-", starting with a letter or "_"; an override follows after ":"',
    problems,
  });
}
