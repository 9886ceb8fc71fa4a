import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { badConfig, type OsBuildRequest } from '@osrel/core';
import { findText } from '../../if-present.ts';
import { checkBuildName, checkTarget } from '../build-name.ts';
import type { Assignment } from '../settings/assignment.ts';
import { findRepositoryBitbake, passthroughNameOf } from '../settings/bitbake-version.ts';
import { buildAssignments } from '../settings/build-assignments.ts';
import type { PassthroughName } from '../settings/secret-variables.ts';
import { checkBitbakeArguments } from './bitbake-arguments.ts';
import { chooseLocale } from './build-locale.ts';
import { chooseInitLayer, INIT_SCRIPT, type InitLayer } from './choose-init-layer.ts';
import { chooseTemplates, type TemplateChoice } from './choose-templates.ts';
import { overrideSyntaxIn } from './find-override-syntax.ts';
import type { FrontEndOptions } from './front-end-options.ts';
import { type ConfiguredBuild, findBeatenSettings, findUnreadSettings } from './ineffective-settings.ts';
import { findMissingLayers } from './missing-layers.ts';
import type { Obstacle } from './obstacle.ts';
import { findOldSyntax } from './old-syntax.ts';
import { type Layer, readLayers } from './read-layers.ts';
import { readSampleLayers } from './read-sample-layers.ts';
import { shownPath } from './shown-path.ts';
import { findStaleConfiguration } from './stale-configuration.ts';

/** Everything a build with bitbake itself needs, found without writing anything. */
export interface BitbakeLookup {
  /** Absolute and real: the build folder's files hold real paths. */
  readonly root: string;
  readonly buildDirectory: string;
  readonly initScript: string;
  /** Absolute; null when there are none to choose. */
  readonly templates: string | null;
  readonly arguments: readonly string[];
  readonly assignments: readonly Assignment[];
  readonly locale: string;
  readonly passthrough: PassthroughName;
  readonly notes: readonly string[];
  readonly obstacles: readonly Obstacle[];
}

/** Throws config and usage errors on settings that no repository could be built with; the rest are obstacles. */
export async function lookUpBuild(request: OsBuildRequest, options: FrontEndOptions): Promise<BitbakeLookup> {
  checkBuildName('machine', request.machine);
  checkBuildName('device type', request.deviceTypeBaseName);
  checkBuildName('build folder', request.settings.buildDirectory);
  const words = bitbakeWords(request);
  const root = await realpath(options.root);
  const layers = await readLayers(root);
  const version = await findRepositoryBitbake(root);
  const syntax = overrideSyntaxIn(layers, version);
  const assignments = buildAssignments(request, { root, syntax });
  const templates = await chooseTemplates({ root, wanted: request.settings.templates, layers });
  const initLayer = await chooseInitLayer(root, layers);
  const place = { root, request, templates, initLayer, layers, assignments };
  const configured = await lookUpConfiguration(place);
  const locale = await chooseLocale({ ...options, workingDirectory: root, version });
  return {
    root,
    buildDirectory: join(root, request.settings.buildDirectory),
    initScript: join(root, initLayer.folder, INIT_SCRIPT),
    templates: templates.kind === 'chosen' ? templates.folder : null,
    arguments: words,
    assignments,
    locale: locale.name,
    passthrough: passthroughNameOf(version),
    notes: [
      ...(templates.kind === 'chosen'
        ? [`templates ${shownPath(templates.folder, root)}: ${templates.because}`]
        : []),
      `init layer ${initLayer.folder}: ${initLayer.because}`,
      ...configured.notes,
    ],
    obstacles: [...configured.obstacles, ...(locale.obstacle === undefined ? [] : [locale.obstacle])],
  };
}

/** What bitbake builds, in one call, and its options (balena-automation 1.9). */
export function bitbakeWords(request: OsBuildRequest): readonly string[] {
  const { settings, recipe, image } = request;
  const targets = settings.targets.length > 0 ? settings.targets : [recipe ?? image];
  const given = checkBitbakeArguments(settings.bitbakeArguments);
  return [
    ...new Set(targets.map(checkTarget)),
    ...(settings.continueAfterFailure && !given.includes('-k') ? ['-k'] : []),
    ...given,
  ];
}

interface LookupPlace {
  readonly root: string;
  readonly request: OsBuildRequest;
  readonly templates: TemplateChoice;
  readonly initLayer: InitLayer;
  readonly layers: readonly Layer[];
  readonly assignments: readonly Assignment[];
}

interface Configured {
  readonly obstacles: readonly Obstacle[];
  readonly notes: readonly string[];
}

async function lookUpConfiguration(place: LookupPlace): Promise<Configured> {
  const { root, templates, initLayer, layers } = place;
  const build = await configuredBuild(place);
  const init = join(root, initLayer.folder);
  const missing = await findMissingLayers(root, [...build.layers, init]);
  const oldSyntax = findOldSyntax(layers);
  const obstacles = [
    ...missing,
    ...(missing.length === 0 && !initLayer.isPresent ? [noInitScript(initLayer)] : []),
    ...(templates.kind === 'none' ? [templates.obstacle] : []),
    ...(oldSyntax === undefined ? [] : [oldSyntax]),
  ];
  const settings = await lookUpSettings(place, build);
  // Of layers that are not there nobody can say what they read.
  if (missing.length > 0) return { obstacles: [...obstacles, ...settings.obstacles], notes: [] };
  const unread = await findUnreadSettings(place.request.settings, [
    ...build.layers,
    join(init, 'bitbake/lib'),
  ]);
  return {
    obstacles: [
      ...obstacles,
      ...settings.obstacles,
      ...(unread.obstacle === undefined ? [] : [unread.obstacle]),
    ],
    notes: unread.notes,
  };
}

async function lookUpSettings(
  { root, request, templates, initLayer, assignments }: LookupPlace,
  build: ConfiguredBuild,
): Promise<Pick<Configured, 'obstacles'>> {
  const secrets = request.settings.secretVariables.map(({ name }) => ({ name, operator: '=' as const }));
  const beaten = await findBeatenSettings([...assignments, ...secrets], build);
  const stale =
    build.fresh || templates.kind === 'none'
      ? undefined
      : await findStaleConfiguration({
          root,
          buildDirectory: build.buildDirectory,
          initLayer: join(root, initLayer.folder),
          templates: templates.folder,
        });
  return { obstacles: [stale, beaten].filter((obstacle) => obstacle !== undefined) };
}

async function configuredBuild({
  root,
  request,
  templates,
  initLayer,
}: LookupPlace): Promise<ConfiguredBuild> {
  const { machine, settings } = request;
  const buildDirectory = join(root, settings.buildDirectory);
  const folder = templates.kind === 'chosen' ? templates.folder : undefined;
  const own = join(buildDirectory, 'conf/local.conf');
  const isKept = !settings.fresh && (await findText(own)) !== undefined;
  return {
    root,
    machine,
    buildDirectory,
    fresh: settings.fresh,
    localConf: isKept || folder === undefined ? own : join(folder, 'local.conf.sample'),
    layers: await readSampleLayers(templates, { buildDirectory, initLayer: join(root, initLayer.folder) }),
  };
}

function noInitScript({ folder, because }: InitLayer): Obstacle {
  const error = badConfig('build.no-init-script', `there is no ${INIT_SCRIPT} in ${folder} (${because})`, {
    hint: 'check out that layer at a release of its own, or build with another front end',
  });
  return { at: folder, error };
}
