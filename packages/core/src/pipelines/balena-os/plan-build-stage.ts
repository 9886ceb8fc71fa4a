import { renderDeviceTypeJson } from '../../model/device-type-json.ts';
import type { Decision } from '../../plan/plan.ts';
import { outputRef, type PlannedStep, planStep } from '../../plan/step-ref.ts';
import { checkKernelKey } from '../../steps/check-kernel-key.ts';
import { checkSource } from '../../steps/check-source.ts';
import { prepareImage } from '../../steps/prepare-image.ts';
import { verifyKernelKey } from '../../steps/verify-kernel-key.ts';
import { writeDeviceType } from '../../steps/write-device-type.ts';
import { builderDigest } from './builder-digest.ts';
import type { ReleaseContents } from './compose-contents.ts';
import { generatedPathsOf } from './generated-paths.ts';
import { imageArtifactsOf } from './image-variants.ts';
import { type BuiltService, planServiceBuild } from './plan-service-build.ts';
import { planStaging } from './plan-staging.ts';
import { type SettledService, settleBuild } from './settle-build.ts';
import type { Situation } from './situation.ts';

type Steps = readonly PlannedStep<unknown>[];

/**
 * Steps from source to a complete deploy folder. Services are built one after another, for they share a build folder.
 * @throws config errors of `settleBuild`
 */
export function planBuildStage(situation: Situation, contents: ReleaseContents, labs: readonly string[]) {
  const settled = settleBuild(situation, contents);
  const checked = planCheck(situation, labs);
  const written = planDeviceType(situation, checked);
  const key = planKeyCheck(settled.build.signing?.kernelModuleKey?.env, checked);
  const builds = planBuilds(situation, {
    services: settled.services,
    contents,
    needs: [checked, written, ...key],
  });
  const hostapp = builds.find(({ entry }) => entry.imageClass === 'hostapp')?.built;
  const after = hostapp === undefined ? [] : planAfterHostapp(situation, hostapp, key);
  const prepared = hostapp === undefined ? [] : planPreparation(situation, hostapp);
  const staged = planStaging(situation, {
    contents,
    checked,
    builds,
    prepared,
    hostapp,
    needs: after,
    builder: builderDigest({
      deviceType: situation.facts.deviceType,
      services: settled.services,
      contents,
    }),
  });
  const decisions: readonly Decision[] = settled.decisions;
  return {
    steps: [checked, written, ...key, ...builds.map(({ built }) => built), ...after, ...prepared, staged],
    checked,
    staged,
    decisions,
  };
}

/** Each build waits for the one before it. */
function planBuilds(
  situation: Situation,
  draft: {
    readonly services: readonly SettledService[];
    readonly contents: ReleaseContents;
    readonly needs: Steps;
  },
): readonly BuiltService[] {
  const { contents, needs } = draft;
  const builds: BuiltService[] = [];
  for (const service of draft.services) {
    const before = builds.slice(-1).map(({ built }) => built);
    builds.push(planServiceBuild(situation, { service, contents, needs: [...needs, ...before] }));
  }
  return builds;
}

/** The checkout is what was planned, and the labs can be driven. */
export function planCheck(situation: Situation, labs: readonly string[]) {
  const { facts } = situation;
  return planStep(checkSource, {
    id: 'check-source',
    stage: 'build',
    summary: `check that the checkout is ${situation.sourceSha.slice(0, 9)} and VERSION says ${situation.versionText}`,
    with: {
      sha: situation.sourceSha,
      version: situation.versionText,
      mustBeClean: situation.publishes && facts.source.dirtyPaths.length === 0,
      ignoredPaths: [...generatedPathsOf(situation.config), `${facts.deviceType.fileBaseName}.json`],
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
    with: { baseName: deviceType.fileBaseName, text: renderDeviceTypeJson(deviceType) },
    needs: [checked],
  });
}

/** The certificates that the kernel is to trust are read before anything is built with them. */
function planKeyCheck(env: string | undefined, checked: PlannedStep<unknown>) {
  if (env === undefined) return [];
  return [
    planStep(checkKernelKey, {
      id: 'check-kernel-key',
      stage: 'build',
      summary: `read the certificates in ${env} that the kernel is to trust`,
      with: { env },
      needs: [checked],
    }),
  ];
}

function planAfterHostapp(
  situation: Situation,
  hostapp: BuiltService['built'],
  key: ReturnType<typeof planKeyCheck>,
): Steps {
  const { machine } = situation.facts.deviceType;
  return key.map((checked) =>
    planStep(verifyKernelKey, {
      id: 'verify-kernel-key',
      stage: 'build',
      summary: `check that the kernel built for ${machine} trusts them`,
      with: {
        machine,
        assetRoot: outputRef(hostapp, 'assetRoot'),
        certificates: outputRef(checked, 'certificates'),
      },
    }),
  );
}

function planPreparation(situation: Situation, hostapp: BuiltService['built']) {
  return imageArtifactsOf(situation.facts.deviceType).variants.map(({ variant, artifact }) =>
    planStep(prepareImage, {
      id: variant === '' ? 'prepare-image' : `prepare-image-${variant}`,
      stage: 'build',
      summary: `cut ${artifact} into deflate parts`,
      with: { files: outputRef(hostapp, 'files'), artifact, variant },
    }),
  );
}
