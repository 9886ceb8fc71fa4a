import type { BuildMatrixEntry } from '../../model/build-matrix.ts';
import type { BuildSettings } from '../../model/build-settings.ts';
import { IMAGE_CLASS_LABEL } from '../../model/composition.ts';
import { type PlannedStep, planStep } from '../../plan/step-ref.ts';
import { buildService } from '../../steps/build-service.ts';
import type { ReleaseContents } from './compose-contents.ts';
import { imageArtifactsOf } from './image-variants.ts';
import type { SettledService } from './settle-build.ts';
import type { Situation } from './situation.ts';

/** A service with the step that builds it. */
export interface BuiltService {
  readonly entry: BuildMatrixEntry;
  readonly built: PlannedStep<{
    readonly assetRoot: string;
    readonly archive: { path: string; sizeBytes: number; sha256: string };
    readonly files: Record<string, { path: string; sizeBytes: number; sha256: string }>;
    readonly assets: string[];
  }>;
}

export interface ServiceBuildDraft {
  readonly service: SettledService;
  readonly contents: ReleaseContents;
  readonly needs: readonly PlannedStep<unknown>[];
}

/** Files that a hostapp's build leaves beside the images (balena-automation 2.4). */
const VERSION_FILES = ['VERSION', 'VERSION_HOSTOS'];

/** Plans the build of one service: its settings, and everything that must be there afterwards. */
export function planServiceBuild(situation: Situation, draft: ServiceBuildDraft): BuiltService {
  const { facts } = situation;
  const { entry, settings } = draft.service;
  const isHostapp = entry.imageClass === 'hostapp';
  const { variants, folders } = imageArtifactsOf(facts.deviceType);
  const built = planStep(buildService, {
    id: `build-${entry.service}`,
    stage: 'build',
    summary: `build ${whatIsBuilt(situation, draft.service)} for ${facts.deviceType.machine} with ${describeFrontEnd(settings)}`,
    with: {
      machine: facts.deviceType.machine,
      slug: facts.deviceType.slug,
      deviceTypeBaseName: facts.deviceType.fileBaseName,
      service: entry.service,
      ...(entry.recipe === undefined ? {} : { recipe: entry.recipe }),
      image: facts.deviceType.image,
      settings,
      imageOutput: entry.imageOutput,
      expectedLabels: archiveLabelsOf(entry, draft.contents),
      expectedFiles: isHostapp
        ? [...new Set([...variants.map(({ artifact }) => artifact), ...VERSION_FILES])]
        : [],
      expectedFolders: isHostapp ? [...new Set(folders)] : [],
      assets: entry.assets
        .filter((asset) => !isMadeByOsrel(asset.pattern))
        .map(({ pattern, required }) => ({ pattern, required })),
      sourceSha: facts.source.dirtyPaths.length === 0 ? situation.sourceSha : null,
      expectedVersion: isHostapp ? situation.versionText : null,
    },
    needs: draft.needs,
  });
  return { entry, built };
}

/**
 * Labels reach a device from the composition or from the archive. The hostapp's archive has none; an extension's says
 * its class where the composition does not, or the device would not mount it (balena-automation 3.11).
 */
function archiveLabelsOf(entry: BuildMatrixEntry, { composition }: ReleaseContents): Record<string, string> {
  const labels = composition.services[entry.service]?.labels ?? {};
  return labels[IMAGE_CLASS_LABEL] === undefined ? { [IMAGE_CLASS_LABEL]: entry.imageClass } : {};
}

function whatIsBuilt({ facts }: Situation, { entry, settings }: SettledService): string {
  if (settings.targets.length > 0) return settings.targets.join(' ');
  return entry.recipe ?? facts.deviceType.image;
}

function describeFrontEnd({ frontEnd, container }: BuildSettings): string {
  if (container === null) return frontEnd;
  return `${frontEnd} in ${container.engine === 'auto' ? 'a container' : container.engine}`;
}

/** Image manifests and deflate parts are made by the step `prepare-image`, not by the front end. */
function isMadeByOsrel(pattern: string): boolean {
  return /\/image[^/]*\.json$/.test(pattern) || /\/compressed[^/]*\//.test(pattern);
}
