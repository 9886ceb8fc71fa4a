import { type BuildMatrixEntry, buildMatrixOf } from '../../model/build-matrix.ts';
import type { Composition } from '../../model/composition.ts';
import { composeOsContract, type OsContract } from '../../model/contract.ts';
import type { DeviceType } from '../../model/device-type.ts';
import { type EffectiveComposition, effectiveComposition } from '../../model/effective-composition.ts';
import { canonicalJsonText } from '../../model/json.ts';
import type { Decision } from '../../plan/plan.ts';
import { outputRef, type PlannedStep, planStep } from '../../plan/step-ref.ts';
import { buildService } from '../../steps/build-service.ts';
import { checkSource } from '../../steps/check-source.ts';
import { prepareImage } from '../../steps/prepare-image.ts';
import { stageFiles } from '../../steps/stage-files.ts';
import { writeDeviceType } from '../../steps/write-device-type.ts';
import type { BalenaOsFacts } from './facts.ts';
import type { Situation } from './situation.ts';

/** What goes into the release besides the built bytes. */
export interface ReleaseContents {
  readonly composition: Composition;
  readonly origin: EffectiveComposition['origins'];
  readonly contract: OsContract;
  readonly matrix: readonly BuildMatrixEntry[];
  readonly decisions: readonly Decision[];
}

/** Merges and checks composition and contract. @throws config errors with every problem at once */
export function composeContents(
  facts: BalenaOsFacts,
  situation: Pick<Situation, 'version' | 'config'>,
): ReleaseContents {
  const merged = effectiveComposition({
    ...facts.composition,
    mergeArrays: situation.config.composition.mergeArrays,
  });
  const composed = composeOsContract({
    contracts: facts.contracts ?? undefined,
    deviceType: facts.deviceType,
    version: situation.version,
    secureBoot: 'unsigned',
  });
  const files = [facts.composition.base?.file, facts.composition.overlay?.file].filter(
    (file) => file !== undefined,
  );
  return {
    composition: merged.composition,
    origin: merged.origins,
    contract: composed.contract,
    matrix: buildMatrixOf(merged.composition, facts.deviceType.machine),
    decisions: [
      {
        rule: 'composition.source',
        outcome: files.length === 0 ? 'generated' : 'read',
        because:
          files.length === 0
            ? 'no hostapp.yml was found: one hostapp service'
            : `merged from ${files.join(' and ')}`,
      },
      ...merged.optedOut.map((service) => ({
        rule: 'composition.opt-out',
        outcome: 'skip',
        because: `service ${service} is switched off by null in the overlay`,
      })),
      {
        rule: 'contract.source',
        outcome: composed.origin,
        because:
          composed.origin === 'contracts'
            ? 'made from the contracts folder'
            : 'there is no contracts folder: made from the device type itself',
      },
    ],
  };
}

/** The disk images of a device type: `''` is the main one (balena-workflow 4.7). None for edge, docker-image and archive types. */
export function listImageVariants(
  deviceType: DeviceType,
): readonly { readonly variant: string; readonly artifact: string; readonly name: string }[] {
  if (deviceType.imageKind !== 'standard') return [];
  const { deployArtifact, deployFlasherArtifact, deployRawArtifact } = deviceType;
  return [
    { variant: '', artifact: deployArtifact, name: 'image/balena.img' },
    ...(deployFlasherArtifact === undefined
      ? []
      : [{ variant: 'flasher', artifact: deployFlasherArtifact, name: 'image/balena-flasher.img' }]),
    ...(deployRawArtifact === undefined
      ? []
      : [{ variant: 'raw', artifact: deployRawArtifact, name: 'image/balena-raw.img' }]),
  ];
}

/** Steps from source to a complete deploy folder. */
export function planBuildStage(situation: Situation, contents: ReleaseContents, labs: readonly string[]) {
  const checked = planCheck(situation, labs);
  const written = planDeviceType(situation, checked);
  const services = contents.matrix.map((entry) => ({
    entry,
    built: planBuild(situation, entry, [checked, written]),
  }));
  const hostapp = services.find((each) => each.entry.imageClass === 'hostapp')?.built;
  const variants = listImageVariants(situation.facts.deviceType);
  const prepared =
    hostapp === undefined
      ? []
      : variants.map(({ variant, artifact }) => planPrepare(variant, artifact, hostapp));
  const staged = planStage(situation, contents, { checked, services, prepared, hostapp });
  return {
    steps: [checked, written, ...services.map((each) => each.built), ...prepared, staged],
    checked,
    staged,
  };
}

type Built = PlannedStep<{
  readonly assetRoot: string;
  readonly archive: { path: string; sizeBytes: number; sha256: string };
  readonly files: Record<string, { path: string; sizeBytes: number; sha256: string }>;
  readonly assets: string[];
}>;

function planCheck(situation: Situation, labs: readonly string[]) {
  const { facts } = situation;
  return planStep(checkSource, {
    id: 'check-source',
    stage: 'build',
    summary: `check that the checkout is ${situation.sourceSha.slice(0, 9)} and VERSION says ${situation.versionText}`,
    with: {
      sha: situation.sourceSha,
      version: situation.versionText,
      mustBeClean: situation.publishes && facts.source.dirtyPaths.length === 0,
      ignoredPaths: ['.osrel/', 'deploy/', 'build/', `${facts.deviceType.fileBaseName}.json`],
      labs: [...labs],
    },
  });
}

function planDeviceType(situation: Situation, checked: PlannedStep<unknown>) {
  const { deviceType } = situation.facts;
  return planStep(writeDeviceType, {
    id: 'write-device-type',
    stage: 'build',
    summary: `write ${deviceType.fileBaseName}.json for the build`,
    with: { baseName: deviceType.fileBaseName, text: deviceTypeText(deviceType) },
    needs: [checked],
  });
}

function planBuild(situation: Situation, entry: BuildMatrixEntry, needs: readonly PlannedStep<unknown>[]) {
  const { facts, config } = situation;
  const isHostapp = entry.imageClass === 'hostapp';
  const machine = config.machines.find((each) => each.deviceType === facts.deviceType.fileBaseName);
  const callerArguments = isHostapp ? [...config.build.arguments, ...(machine?.buildArguments ?? [])] : [];
  const images = listImageVariants(facts.deviceType).map((variant) => variant.artifact);
  return planStep(buildService, {
    id: `build-${entry.service}`,
    stage: 'build',
    summary: `build ${entry.recipe ?? facts.deviceType.image} for ${facts.deviceType.machine} with ${config.build.frontend}`,
    with: {
      machine: facts.deviceType.machine,
      slug: facts.deviceType.slug,
      deviceTypeBaseName: facts.deviceType.fileBaseName,
      service: entry.service,
      ...(entry.recipe === undefined ? {} : { recipe: entry.recipe }),
      buildArguments: [...entry.buildArguments, ...callerArguments],
      imageOutput: entry.imageOutput,
      expectedFiles: isHostapp ? [...new Set([...images, 'VERSION', 'VERSION_HOSTOS'])] : [],
      assets: entry.assets
        .filter((asset) => !isMadeByOsrel(asset.pattern))
        .map(({ pattern, required }) => ({ pattern, required })),
      sourceSha: facts.source.dirtyPaths.length === 0 ? situation.sourceSha : null,
      expectedVersion: isHostapp ? situation.versionText : null,
    },
    needs,
  });
}

/** Image manifests and deflate parts are made by the step `prepare-image`, not by the front end. */
function isMadeByOsrel(pattern: string): boolean {
  return /\/image[^/]*\.json$/.test(pattern) || /\/compressed[^/]*\//.test(pattern);
}

function planPrepare(variant: string, artifact: string, hostapp: Built) {
  return planStep(prepareImage, {
    id: variant === '' ? 'prepare-image' : `prepare-image-${variant}`,
    stage: 'build',
    summary: `cut ${artifact} into deflate parts`,
    with: { files: outputRef(hostapp, 'files'), artifact, variant },
  });
}

function planStage(
  situation: Situation,
  contents: ReleaseContents,
  done: {
    readonly checked: PlannedStep<{ readonly root: string }>;
    readonly services: readonly { readonly entry: BuildMatrixEntry; readonly built: Built }[];
    readonly prepared: readonly ReturnType<typeof planPrepare>[];
    readonly hostapp: Built | undefined;
  },
) {
  const { facts, versionText } = situation;
  const variants = done.hostapp === undefined ? [] : listImageVariants(facts.deviceType);
  return planStep(stageFiles, {
    id: 'stage-files',
    stage: 'build',
    summary: `bring everything together in deploy/${facts.deviceType.slug}/${versionText}`,
    with: {
      slug: facts.deviceType.slug,
      machine: facts.deviceType.machine,
      version: versionText,
      esr: situation.target.esr,
      source: {
        repository: situation.trigger.repository ?? facts.source.repository ?? 'unknown',
        sha: situation.sourceSha,
        dirty: facts.source.dirtyPaths.length > 0,
        metaBalenaBase: facts.metaBalenaVersion,
      },
      root: outputRef(done.checked, 'root'),
      services: done.services.map(({ entry, built }) => ({
        service: entry.service,
        imageClass: entry.imageClass,
        imageOutput: entry.imageOutput,
        built: {
          assetRoot: outputRef(built, 'assetRoot'),
          archive: outputRef(built, 'archive'),
          assets: outputRef(built, 'assets'),
        },
      })),
      images: variants.map(({ name, artifact }) => ({ name, artifact })),
      imageFiles: done.hostapp === undefined ? {} : outputRef(done.hostapp, 'files'),
      prepared: done.prepared.map((image) => ({
        variant: outputRef(image, 'variant'),
        manifestPath: outputRef(image, 'manifestPath'),
        partsDirectory: outputRef(image, 'partsDirectory'),
        parts: outputRef(image, 'parts'),
        sizeBytes: outputRef(image, 'sizeBytes'),
        sha256: outputRef(image, 'sha256'),
      })),
      texts: [
        { name: 'device-type.json', text: deviceTypeText(facts.deviceType) },
        { name: 'contract.json', text: canonicalJsonText(contents.contract) },
        { name: 'composition.json', text: canonicalJsonText(contents.composition) },
      ],
      hasChangelog: facts.hasChangelog,
    },
  });
}

/** Tab-indented, as the upstream generator writes it (balena-automation 1.15). */
function deviceTypeText(deviceType: DeviceType): string {
  return `${JSON.stringify(deviceType.json, null, '\t')}\n`;
}
