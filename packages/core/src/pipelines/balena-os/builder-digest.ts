import type { BuildSettings } from '../../model/build-settings.ts';
import { digestOfJson } from '../../model/json.ts';
import type { ReleaseContents } from './compose-contents.ts';
import type { BalenaOsFacts } from './facts.ts';
import type { SettledService } from './settle-build.ts';

/** bitbake variables that say how a build is done and not what comes out of it. */
const NEUTRAL_VARIABLES: ReadonlySet<string> = new Set([
  'BB_GENERATE_MIRROR_TARBALLS',
  'BB_NUMBER_PARSE_THREADS',
  'BB_NUMBER_THREADS',
  'DL_DIR',
  'PARALLEL_MAKE',
  'RM_WORK_EXCLUDE',
  'SSTATE_DIR',
]);

export interface BuilderQuestion {
  readonly deviceType: Pick<BalenaOsFacts['deviceType'], 'slug' | 'machine' | 'fileBaseName' | 'image'>;
  readonly services: readonly SettledService[];
  readonly contents: Pick<ReleaseContents, 'registryImages'>;
}

/**
 * Hex sha256 of what besides the source tree decides the bytes of a release: front end, container, targets, variables,
 * development and signing settings, and the services of the composition. Caches, mirrors, folders and the environment
 * variables that secrets come from do not count: two builds that differ in them alone are of one builder.
 */
export function builderDigest({ deviceType, services, contents }: BuilderQuestion): string {
  const { slug, machine, fileBaseName, image } = deviceType;
  return digestOfJson({
    deviceType: { slug, machine, fileBaseName, image },
    services: services.map(({ entry, settings }) => ({
      service: entry.service,
      recipe: entry.recipe ?? null,
      imageOutput: entry.imageOutput,
      imageClass: entry.imageClass,
      assets: entry.assets.map(({ pattern, required }) => ({ pattern, required })),
      settings: decisive(settings),
    })),
    registryImages: contents.registryImages.map(({ service, reference }) => ({ service, reference })),
  });
}

function decisive(settings: BuildSettings) {
  const { container, command } = settings;
  return {
    frontEnd: settings.frontEnd,
    // Which engine runs it, and as whom, leaves no trace in what is built.
    container:
      container === null ? null : { image: container.image, apiEnvironment: container.apiEnvironment },
    templates: settings.templates,
    targets: settings.targets,
    bitbakeArguments: settings.bitbakeArguments,
    developmentImage: settings.developmentImage,
    compressImage: settings.compressImage,
    supervisorVersion: settings.supervisorVersion,
    variables: settings.variables
      .filter(({ name }) => !NEUTRAL_VARIABLES.has(name))
      .map(({ name, value }) => ({ name, value })),
    // That a variable is set decides what is built; where its value comes from does not.
    secretVariables: settings.secretVariables.map(({ name }) => name),
    kasFile: settings.kasFile,
    command: command === null ? null : command.words,
  };
}
