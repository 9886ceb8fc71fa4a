import { adoptArtifacts } from './adopt-artifacts.ts';
import { attachAssets } from './attach-assets.ts';
import { buildService } from './build-service.ts';
import { checkKernelKey } from './check-kernel-key.ts';
import { checkSource } from './check-source.ts';
import { completeDraft } from './complete-draft.ts';
import { copyImage } from './copy-image.ts';
import { createDraft } from './create-draft.ts';
import { finalizeRelease } from './finalize-release.ts';
import { importSnapshot } from './import-snapshot.ts';
import { invalidateRelease } from './invalidate-release.ts';
import { keepArtifacts } from './keep-artifacts.ts';
import { markFolder } from './mark-folder.ts';
import { moveLatest } from './move-latest.ts';
import { moveLatestBack } from './move-latest-back.ts';
import { openUpload } from './open-upload.ts';
import { prepareImage } from './prepare-image.ts';
import { publishImages } from './publish-images.ts';
import { pushImage } from './push-image.ts';
import { recordInLedger } from './record-in-ledger.ts';
import { recordPullRequest } from './record-pull-request.ts';
import { registerMachineImage } from './register-machine-image.ts';
import { rotateEsrTags } from './rotate-esr-tags.ts';
import { runMachineImageTest } from './run-machine-image-test.ts';
import { runSuite } from './run-suite.ts';
import { stageFiles } from './stage-files.ts';
import { type AnyStepKind, eraseStepKind } from './step-kind.ts';
import { tagRelease } from './tag-release.ts';
import { uploadImages } from './upload-images.ts';
import { uploadMachineImage } from './upload-machine-image.ts';
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
  eraseStepKind(adoptArtifacts),
  eraseStepKind(recordPullRequest),
  eraseStepKind(runSuite),
  eraseStepKind(keepArtifacts),
  eraseStepKind(openUpload),
  eraseStepKind(uploadImages),
  eraseStepKind(createDraft),
  eraseStepKind(pushImage),
  eraseStepKind(copyImage),
  eraseStepKind(attachAssets),
  eraseStepKind(completeDraft),
  eraseStepKind(verifyRelease),
  eraseStepKind(finalizeRelease),
  eraseStepKind(publishImages),
  eraseStepKind(moveLatest),
  eraseStepKind(uploadMachineImage),
  eraseStepKind(importSnapshot),
  eraseStepKind(registerMachineImage),
  eraseStepKind(runMachineImageTest),
  eraseStepKind(tagRelease),
  eraseStepKind(rotateEsrTags),
  eraseStepKind(recordInLedger),
  eraseStepKind(moveLatestBack),
  eraseStepKind(invalidateRelease),
  eraseStepKind(markFolder),
];

/** Every step kind by its name; a test compares it with the folder. */
export const STEP_KINDS: ReadonlyMap<string, AnyStepKind> = new Map(KINDS.map((kind) => [kind.kind, kind]));
