import { statfs } from 'node:fs/promises';
import { type BuildConfig, buildConfigOf } from '@osrel/core';
import type { Workspace } from '../host.ts';
import type { Settings } from '../settings.ts';
import { formatSize } from '../text/size.ts';
import { checkCaches } from './check-caches.ts';
import { checkContainerEngine } from './check-container.ts';
import { checkFrontEnd, hasBitbakeLayers } from './check-front-end.ts';
import { checkHost } from './check-host.ts';
import { checkSubmodules } from './check-submodules.ts';
import { type Finding, ok, weak } from './finding.ts';
import { BARYS_TOOLS, HOST_TOOLS } from './host-tools.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** A balenaOS image with its shared state; more for each further machine. */
const BUILD_BYTES = 50 * 1024 ** 3;

/** What the builds of the machines in question need: their front ends, this machine or a container engine, caches. */
export async function checkBuild(
  workspace: Workspace,
  settings: Settings,
  variables: Variables,
): Promise<readonly Finding[]> {
  const place = { root: workspace.root, searchPath: variables.PATH ?? '' };
  const builds = listBuilds(workspace, settings);
  const isBitbake = await hasBitbakeLayers(place);
  const findings = [
    ...(await checkSubmodules(place.root)),
    ...(await Promise.all(builds.map((build) => checkFrontEnd(build, place)))),
    ...(await checkEngines(builds, variables)),
    ...(isBitbake ? await checkNative(builds, place.searchPath) : []),
    ...(isBitbake ? [await checkRoom(place.root)] : []),
    ...(await Promise.all(builds.map((build) => checkCaches(build, { root: place.root, variables })))).flat(),
  ];
  return dedupe(findings);
}

/** Of the machines that were named, else of those in osrel.yml, else of any. */
function listBuilds({ config }: Workspace, { machines }: Settings): readonly BuildConfig[] {
  if (machines.length > 0) return machines.map((name) => buildConfigOf(config, name));
  if (config.machines.length === 0) return [config.build];
  return config.machines.map(({ deviceType }) => buildConfigOf(config, deviceType));
}

async function checkEngines(
  builds: readonly BuildConfig[],
  variables: Variables,
): Promise<readonly Finding[]> {
  const engines = new Set(builds.flatMap(({ container }) => (container === null ? [] : [container.engine])));
  return Promise.all([...engines].map((engine) => checkContainerEngine(engine, variables.DOCKER)));
}

/** Only for builds on this machine itself: a container brings its own. */
async function checkNative(builds: readonly BuildConfig[], searchPath: string): Promise<readonly Finding[]> {
  const native = builds.filter(({ container, frontend }) => container === null && frontend !== 'command');
  if (native.length === 0) return [];
  const usesBarys = native.some(({ frontend }) => frontend === 'barys');
  return checkHost({ ...HOST_TOOLS, ...(usesBarys ? BARYS_TOOLS : {}) }, searchPath);
}

async function checkRoom(root: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(root);
  const free = bavail * bsize;
  const found = `${formatSize(free)} free for the build folder`;
  return free >= BUILD_BYTES
    ? ok('build space', found)
    : weak(
        'build space',
        `${found}, a build takes ${formatSize(BUILD_BYTES)} or more`,
        'free space: build/tmp of earlier builds, or osrel build -- --rm-work',
      );
}

/** Machines that are built alike find alike. */
function dedupe(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
}
