import type { BuildConfig } from '../../config/build-config.ts';
import { LOCAL_ENVIRONMENT } from '../../config/default-config.ts';
import { buildConfigOf } from '../../config/with-build-flags.ts';
import type { BuildMatrixEntry } from '../../model/build-matrix.ts';
import { type BuildSettings, PLAIN_BUILD } from '../../model/build-settings.ts';
import {
  type BuildSettingsChange,
  folderChangeOf,
  mergeSettingsChanges,
  withSettingsChange,
} from '../../model/build-settings-change.ts';
import { compositionFileOf } from '../../model/effective-composition.ts';
import { formatPlace } from '../../model/schema-problems.ts';
import type { Decision } from '../../plan/plan.ts';
import {
  checkFrontEnd,
  decideMirrorWrite,
  decideStateSave,
  type SharingChoice,
  sharingDecisions,
} from './build-rules.ts';
import type { ReleaseContents } from './compose-contents.ts';
import { readServiceArguments } from './service-arguments.ts';
import { settleSharedState } from './shared-state.ts';
import { settleSigning, signingDecisions } from './signing-rules.ts';
import type { Situation } from './situation.ts';

/** One service with everything its build is told. */
export interface SettledService {
  readonly entry: BuildMatrixEntry;
  readonly settings: BuildSettings;
}

export interface SettledBuild {
  /** In the order they are built: the hostapp comes last. */
  readonly services: readonly SettledService[];
  readonly build: BuildConfig;
  readonly decisions: readonly Decision[];
}

type BuildSituation = Pick<Situation, 'facts' | 'config' | 'environment' | 'trigger'>;

interface Terms {
  readonly situation: BuildSituation;
  readonly build: BuildConfig;
  readonly mirror: SharingChoice;
  readonly state: SharingChoice;
}

/** Backend that a build in environment `local` takes public images from (balena-automation 2.6). */
const PUBLIC_BACKEND = 'balena-cloud.com';
/** Where the reference keeps downloads beside a build in a container (balena-automation 1.11). */
const SHARED_DOWNLOADS = 'shared/shared-downloads';

/**
 * How each service is built, in the order of the reference (balena-workflow 4.2): what all have in common, the
 * service's own arguments, and for the hostapp alone what the caller asks for, signing last. Services share one build
 * folder, so what is said about the folder holds for all, and the hostapp is built last: what it leaves is released.
 * @throws config `build.front-end`; config `build.bad-arguments` with every bad argument of the composition
 */
export function settleBuild(
  situation: BuildSituation,
  { matrix, origin }: Pick<ReleaseContents, 'matrix' | 'origin'>,
): SettledBuild {
  const { facts, config } = situation;
  const build = buildConfigOf(config, facts.deviceType.fileBaseName);
  checkFrontEnd(build, facts.deviceType.fileBaseName);
  const terms: Terms = {
    situation,
    build,
    mirror: decideMirrorWrite(situation),
    state: decideStateSave(situation),
  };
  const ordered = [
    ...matrix.filter((entry) => !isHostapp(entry)),
    ...matrix.filter((entry) => isHostapp(entry)),
  ];
  const own = readServiceArguments(ordered, (service) => {
    const path = ['services', service, 'x-build', 'build_args'];
    return formatPlace(compositionFileOf(facts.composition, origin, path), path);
  });
  return {
    services: ordered.map((entry, index) => ({
      entry,
      settings: settleService(terms, {
        isHostapp: isHostapp(entry),
        isFirst: index === 0,
        own: own[index] ?? {},
      }),
    })),
    build,
    decisions: [
      ...sharingDecisions(build, terms),
      ...signingDecisions(build, keepsKernel(terms, own.at(-1) ?? {})),
    ],
  };
}

interface ServiceTerms {
  readonly isHostapp: boolean;
  readonly isFirst: boolean;
  readonly own: BuildSettingsChange;
}

function settleService(terms: Terms, { isHostapp, isFirst, own }: ServiceTerms): BuildSettings {
  const { build, situation } = terms;
  const change = mergeSettingsChanges(own, isHostapp ? build.settings : folderChangeOf(build.settings));
  const settings = withSettingsChange(settingsOfAll(terms), change);
  const inContainer = build.container !== null;
  const folders = {
    ...settings,
    fresh: isFirst && settings.fresh,
    removeWork: change.removeWork ?? inContainer,
    downloads: change.downloads ?? (inContainer ? SHARED_DOWNLOADS : null),
    ...settleSharedState({
      deviceType: situation.facts.deviceType,
      build,
      signing: isHostapp && build.signing !== null ? 'signed' : 'unsigned',
      buildDirectory: settings.buildDirectory,
      asked: change.sharedState,
      saves: terms.state.shares,
    }),
  };
  return isHostapp ? settleSigning(folders, build) : folders;
}

/** What every service has in common, before anybody's wishes. */
function settingsOfAll({ situation, build, mirror }: Terms): BuildSettings {
  const { deviceType } = situation.facts;
  return {
    ...PLAIN_BUILD,
    frontEnd: build.frontend,
    container:
      build.container === null ? null : { ...build.container, apiEnvironment: apiEnvironmentOf(situation) },
    variables: [
      { name: 'BB_GENERATE_MIRROR_TARBALLS', value: '1' },
      { name: 'DEVICE_TYPE', value: deviceType.fileBaseName },
    ],
    sourceMirror: { read: build.sourceMirror.read, write: mirror.shares ? build.sourceMirror.write : null },
    hashEquivalence: build.hashEquivalence,
    kasFile: build.kasFile,
    command: commandOf(build),
  };
}

function apiEnvironmentOf({ config, environment }: BuildSituation): string {
  if (environment === LOCAL_ENVIRONMENT) return PUBLIC_BACKEND;
  return config.environments[environment]?.balena.host ?? PUBLIC_BACKEND;
}

function commandOf({ command, settings }: BuildConfig): BuildSettings['command'] {
  if (command === null) return null;
  const assetRoot =
    command.assetRoot ?? `${settings.buildDirectory ?? PLAIN_BUILD.buildDirectory}/tmp/deploy`;
  return {
    words: [...command.words],
    assetRoot,
    imagesDirectory: command.imagesDirectory ?? `${assetRoot}/images/{machine}`,
  };
}

function keepsKernel({ build }: Terms, hostapp: BuildSettingsChange): boolean {
  const removes = mergeSettingsChanges(hostapp, build.settings).removeWork ?? build.container !== null;
  return removes && build.signing?.kernelModuleKey != null;
}

function isHostapp(entry: BuildMatrixEntry): boolean {
  return entry.imageClass === 'hostapp';
}
