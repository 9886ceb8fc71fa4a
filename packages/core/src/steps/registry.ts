import { attachAssets } from './attach-assets.ts';
import { buildService } from './build-service.ts';
import { checkKernelKey } from './check-kernel-key.ts';
import { checkSource } from './check-source.ts';
import { completeDraft } from './complete-draft.ts';
import { createDraft } from './create-draft.ts';
import { finalizeRelease } from './finalize-release.ts';
import { moveLatest } from './move-latest.ts';
import { openUpload } from './open-upload.ts';
import { prepareImage } from './prepare-image.ts';
import { publishImages } from './publish-images.ts';
import { pushImage } from './push-image.ts';
import { recordPullRequest } from './record-pull-request.ts';
import { rotateEsrTags } from './rotate-esr-tags.ts';
import { runSuite } from './run-suite.ts';
import { stageFiles } from './stage-files.ts';
import { type AnyStepKind, eraseStepKind } from './step-kind.ts';
import { tagRelease } from './tag-release.ts';
import { uploadImages } from './upload-images.ts';
import { verifyKernelKey } from './verify-kernel-key.ts';
import { verifyRelease } from './verify-release.ts';
import { writeDeviceType } from './write-device-type.ts';

const KINDS: readonly AnyStepKind[] = [
  eraseStepKind(checkSource),
  eraseStepKind(writeDeviceType),
  eraseStepKind(checkKernelKey),
  eraseStepKind(buildService),
  eraseStepKind(verifyKernelKey),
  eraseStepKind(prepareImage),
  eraseStepKind(stageFiles),
  eraseStepKind(recordPullRequest),
  eraseStepKind(runSuite),
  eraseStepKind(openUpload),
  eraseStepKind(uploadImages),
  eraseStepKind(createDraft),
  eraseStepKind(pushImage),
  eraseStepKind(attachAssets),
  eraseStepKind(completeDraft),
  eraseStepKind(verifyRelease),
  eraseStepKind(finalizeRelease),
  eraseStepKind(publishImages),
  eraseStepKind(moveLatest),
  eraseStepKind(tagRelease),
  eraseStepKind(rotateEsrTags),
];

/** Every step kind by its name; a test compares it with the folder. */
export const STEP_KINDS: ReadonlyMap<string, AnyStepKind> = new Map(KINDS.map((kind) => [kind.kind, kind]));
