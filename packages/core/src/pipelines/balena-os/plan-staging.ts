import { renderDeviceTypeJson } from '../../model/device-type-json.ts';
import { canonicalJsonText } from '../../model/json.ts';
import { outputRef, type PlannedStep, planStep } from '../../plan/step-ref.ts';
import type { prepareImage } from '../../steps/prepare-image.ts';
import { stageFiles } from '../../steps/stage-files.ts';
import type { ReleaseContents } from './compose-contents.ts';
import { imageArtifactsOf } from './image-variants.ts';
import type { BuiltService } from './plan-service-build.ts';
import type { Situation } from './situation.ts';

type PreparedImage = PlannedStep<(typeof prepareImage)['output']['_output']>;

export interface StagingDraft {
  readonly contents: ReleaseContents;
  readonly checked: PlannedStep<{ readonly root: string }>;
  readonly builds: readonly BuiltService[];
  readonly prepared: readonly PreparedImage[];
  readonly hostapp: BuiltService['built'] | undefined;
  /** Checks that must have passed before anything counts as this release. */
  readonly needs: readonly PlannedStep<unknown>[];
  /** Hex digest of what besides the source decides the bytes. */
  readonly builder: string;
}

/** Plans the deploy folder: everything that was built and made, in the layout of balena-workflow 5.7. */
export function planStaging(situation: Situation, draft: StagingDraft) {
  const { facts, versionText } = situation;
  const { contents, hostapp } = draft;
  const { variants, folders } = imageArtifactsOf(facts.deviceType);
  return planStep(stageFiles, {
    id: 'stage-files',
    stage: 'build',
    summary: `bring everything together in deploy/${facts.deviceType.slug}/${versionText}`,
    with: {
      slug: facts.deviceType.slug,
      machine: facts.deviceType.machine,
      version: versionText,
      esr: situation.target.esr,
      source: sourceOf(situation),
      root: outputRef(draft.checked, 'root'),
      services: servicesOf(draft),
      images: hostapp === undefined ? [] : variants.map(({ name, artifact }) => ({ name, artifact })),
      imageFolders: hostapp === undefined ? [] : folders.map((artifact) => ({ artifact })),
      imageFiles: hostapp === undefined ? {} : outputRef(hostapp, 'files'),
      prepared: draft.prepared.map((image) => ({
        variant: outputRef(image, 'variant'),
        manifestPath: outputRef(image, 'manifestPath'),
        partsDirectory: outputRef(image, 'partsDirectory'),
        parts: outputRef(image, 'parts'),
        blockMapPath: outputRef(image, 'blockMapPath'),
        sizeBytes: outputRef(image, 'sizeBytes'),
        sha256: outputRef(image, 'sha256'),
      })),
      texts: [
        { name: 'device-type.json', text: renderDeviceTypeJson(facts.deviceType) },
        { name: 'contract.json', text: `${JSON.stringify(contents.contract, null, 2)}\n` },
        { name: 'composition.json', text: canonicalJsonText(contents.composition) },
      ],
      hasChangelog: facts.hasChangelog,
      // Of use only to who can tell whether the source is the same.
      ...(facts.source.tree === undefined ? {} : { builder: draft.builder }),
    },
    needs: draft.needs,
  });
}

function sourceOf({ facts, trigger, sourceSha }: Situation) {
  return {
    repository: trigger.repository ?? facts.source.repository ?? 'unknown',
    sha: sourceSha,
    ...(facts.source.tree === undefined ? {} : { tree: facts.source.tree }),
    dirty: facts.source.dirtyPaths.length > 0,
    metaBalenaBase: facts.metaBalenaVersion,
  };
}

/** In the order of the composition, whatever order they are built in. */
function servicesOf({ contents, builds }: StagingDraft) {
  return contents.matrix.flatMap(({ service }) =>
    builds
      .filter(({ entry }) => entry.service === service)
      .map(({ entry, built }) => ({
        service: entry.service,
        imageClass: entry.imageClass,
        imageOutput: entry.imageOutput,
        built: {
          assetRoot: outputRef(built, 'assetRoot'),
          archive: outputRef(built, 'archive'),
          assets: outputRef(built, 'assets'),
        },
      })),
  );
}
