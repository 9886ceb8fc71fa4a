import { badUsage } from '../../errors/osrel-error.ts';
import { imagePlatformOf } from '../../model/image-platform.ts';
import { outputRef, type PlannedStep, planStep, REMOTE_RETRY, type Refable } from '../../plan/step-ref.ts';
import { attachAssets } from '../../steps/attach-assets.ts';
import { completeDraft } from '../../steps/complete-draft.ts';
import { copyImage } from '../../steps/copy-image.ts';
import { createDraft } from '../../steps/create-draft.ts';
import { openUpload } from '../../steps/open-upload.ts';
import { pushImage } from '../../steps/push-image.ts';
import { uploadImages } from '../../steps/upload-images.ts';
import type { ReleaseContents } from './compose-contents.ts';
import type { Situation, StagedRelease } from './situation.ts';

/** What the deploy stage hands on to finalization. */
export interface DeployedRelease {
  readonly steps: readonly PlannedStep<unknown>[];
  readonly releaseId: Refable<number> | null;
  /** What finalization waits for. */
  readonly after: readonly PlannedStep<unknown>[];
}

/** Files under the marker, then the draft with its images and assets (balena-workflow 5.4, 5.7, 6.3, W22). */
export function planDeployStage(
  situation: Situation,
  contents: ReleaseContents,
  staged: StagedRelease,
): DeployedRelease {
  const uploaded = situation.wants.store ? planUpload(situation, staged) : [];
  if (!situation.wants.hostapp) return { steps: uploaded, releaseId: null, after: uploaded };
  const draft = planDraft(situation, contents, { staged, needs: uploaded.slice(0, 1) });
  const release = {
    slug: situation.facts.deviceType.slug,
    version: situation.versionText,
    manifestSha256: staged.manifestSha256,
  };
  const images = contents.matrix.map((entry) =>
    planStep(pushImage, {
      id: `push-${entry.service}`,
      stage: 'deploy',
      summary: `push the image of ${entry.service}`,
      with: {
        ...release,
        releaseId: outputRef(draft, 'releaseId'),
        service: entry.service,
        labels: labelsOf(situation, contents, entry.service),
      },
      retry: REMOTE_RETRY,
    }),
  );
  const copied = contents.registryImages.map(({ service, reference }) =>
    planStep(copyImage, {
      id: `copy-${service}`,
      stage: 'deploy',
      summary: `copy the image of ${service} from ${reference}`,
      with: {
        releaseId: outputRef(draft, 'releaseId'),
        service,
        reference,
        platform: imagePlatformOf(situation.facts.deviceType),
        labels: labelsOf(situation, contents, service),
      },
      retry: REMOTE_RETRY,
    }),
  );
  const assets = planStep(attachAssets, {
    id: 'attach-assets',
    stage: 'deploy',
    summary: 'attach the release files to the draft',
    with: { ...release, releaseId: outputRef(draft, 'releaseId') },
    retry: REMOTE_RETRY,
  });
  const completed = planStep(completeDraft, {
    id: 'complete-draft',
    stage: 'deploy',
    summary: 'mark the draft as complete',
    with: {
      releaseId: outputRef(draft, 'releaseId'),
      manifestSha256: staged.manifestSha256,
      sourceSha: situation.sourceSha,
    },
    needs: [...images, ...copied, assets],
    retry: REMOTE_RETRY,
  });
  return {
    steps: [...uploaded, draft, ...images, ...copied, assets, completed],
    releaseId: outputRef(draft, 'releaseId'),
    after: [...uploaded.slice(-1), completed],
  };
}

function planUpload(situation: Situation, staged: StagedRelease): readonly PlannedStep<unknown>[] {
  const { target, visibility, facts, versionText } = situation;
  const replace = mayReplace(situation);
  const opened = planStep(openUpload, {
    id: 'open-upload',
    stage: 'deploy',
    summary: `mark ${target.prefix} as being filled`,
    with: { prefix: target.prefix, manifestSha256: staged.manifestSha256, visibility, replace },
    needs: staged.after,
    retry: REMOTE_RETRY,
  });
  const uploaded = planStep(uploadImages, {
    id: 'upload-images',
    stage: 'deploy',
    summary: `upload the images to ${target.prefix} (${visibility})`,
    with: {
      prefix: target.prefix,
      slug: facts.deviceType.slug,
      version: versionText,
      manifestSha256: staged.manifestSha256,
      visibility,
      replace,
    },
    needs: [opened],
    retry: REMOTE_RETRY,
  });
  return [opened, uploaded];
}

/** Only the version that was named on purpose. Throws usage `publish.replace-other`. */
function mayReplace({ trigger, versionText }: Situation): boolean {
  if (trigger.kind !== 'command' || trigger.replacePublished === undefined) return false;
  if (trigger.replacePublished === versionText) return true;
  throw badUsage(
    'publish.replace-other',
    `--replace-published names ${trigger.replacePublished}, this release is ${versionText}`,
    { hint: `check out ${trigger.replacePublished}, or name ${versionText}` },
  );
}

function planDraft(
  situation: Situation,
  contents: ReleaseContents,
  { staged, needs }: { readonly staged: StagedRelease; readonly needs: readonly PlannedStep<unknown>[] },
) {
  const { target, facts, versionText } = situation;
  return planStep(createDraft, {
    id: 'create-draft',
    stage: 'deploy',
    summary: `make the draft of ${target.application} ${versionText}`,
    with: {
      application: target.application,
      deviceType: facts.deviceType.slug,
      applicationTags: target.esr ? { 'release-policy': 'esr' } : {},
      version: versionText,
      mark: situation.mark,
      sourceSha: situation.sourceSha,
      shortSha: facts.source.shortSha,
      slug: facts.deviceType.slug,
      manifestSha256: staged.manifestSha256,
      contract: { ...contents.contract },
      composition: { ...contents.composition },
    },
    needs: [...staged.after, ...needs],
    retry: REMOTE_RETRY,
  });
}

/** Labels of the composition travel with the image, the device repository's commit filled in (balena-workflow 5.2). */
function labelsOf(situation: Situation, contents: ReleaseContents, service: string): Record<string, string> {
  const labels = Object.entries(contents.composition.services[service]?.labels ?? {});
  return Object.fromEntries(
    labels.map(([key, value]) => [
      key,
      value === '__DEVICE_REPO_REV__' ? situation.facts.source.shortSha : value,
    ]),
  );
}
