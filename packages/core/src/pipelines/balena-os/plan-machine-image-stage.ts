import type { Decision } from '../../plan/plan.ts';
import { outputRef, type PlannedStep, planStep, REMOTE_RETRY } from '../../plan/step-ref.ts';
import { importSnapshot } from '../../steps/import-snapshot.ts';
import { registerMachineImage } from '../../steps/register-machine-image.ts';
import { runMachineImageTest } from '../../steps/run-machine-image-test.ts';
import { uploadMachineImage } from '../../steps/upload-machine-image.ts';
import {
  decideMachineImage,
  type MachineImageSituation,
  type MachineImageWish,
  machineImageKey,
} from './machine-image-rules.ts';
import type { StagedRelease } from './situation.ts';

export interface MachineImageRequest {
  /** The bytes of this release; a text says why they are not here. */
  readonly staged: StagedRelease | string;
  /** What makes the release final and public: a machine image comes last. */
  readonly after: readonly PlannedStep<unknown>[];
}

/** Longer than any boot, provisioning and health check of the reference test (balena-workflow 10.6: about 30 minutes). */
const TEST_TIMEOUT_MS = 60 * 60_000;

/**
 * The end of the finalize stage where the environment makes machine images: upload, import, register, test
 * (balena-workflow 10). No step and no decision elsewhere.
 * @throws conflict `machine-image.name-taken`
 */
export function planMachineImages(
  situation: MachineImageSituation,
  { staged, after }: MachineImageRequest,
): { readonly steps: readonly PlannedStep<unknown>[]; readonly decisions: readonly Decision[] } {
  const wish = decideMachineImage(situation);
  if (wish.kind === 'none') return { steps: [], decisions: [] };
  if (wish.kind === 'skip') return { steps: [], decisions: [wish.decision] };
  const decision: Decision = {
    rule: 'machine-image.make',
    outcome: 'make',
    because: `${situation.environment} makes machine images for ${wish.settings.architecture}, and there is no ${wish.name} yet`,
    stage: 'finalize',
    origin: `osrel.yml: environments.${situation.environment}.machine-images`,
  };
  if (typeof staged !== 'string')
    return { steps: layOut(situation, wish, { staged, after }), decisions: [decision] };
  const because = `${wish.name} is made of the built disk image, and ${staged}`;
  const change = 'osrel finalize, where deploy/ holds the build of this version';
  return { steps: [], decisions: [{ ...decision, outcome: 'skip', because, change }] };
}

type WantedImage = Extract<MachineImageWish, { kind: 'make' }>;

function layOut(
  situation: MachineImageSituation,
  { settings, name, image }: WantedImage,
  { staged, after }: { readonly staged: StagedRelease; readonly after: readonly PlannedStep<unknown>[] },
): readonly PlannedStep<unknown>[] {
  const { mark, versionText, facts } = situation;
  const common = { stage: 'finalize', retry: REMOTE_RETRY } as const;
  const source = {
    slug: facts.deviceType.slug,
    version: versionText,
    manifestSha256: staged.manifestSha256,
    image,
    key: machineImageKey(mark),
  };
  const uploaded = planStep(uploadMachineImage, {
    ...common,
    id: 'upload-machine-image',
    summary: `upload ${image} to ${settings.bucket} for the import`,
    with: { ...source, name, mark },
    needs: [...staged.after, ...after],
  });
  const sha256 = outputRef(uploaded, 'sha256');
  const imported = planStep(importSnapshot, {
    ...common,
    id: 'import-snapshot',
    summary: `make a snapshot of it in ${settings.region}`,
    with: { ...source, name, mark, sha256 },
  });
  const registered = planStep(registerMachineImage, {
    ...common,
    id: 'register-machine-image',
    summary: `register ${name}`,
    with: {
      name,
      mark,
      sha256,
      snapshotId: outputRef(imported, 'snapshotId'),
      architecture: settings.architecture,
      isTested: settings.test.length > 0,
    },
  });
  if (settings.test.length === 0) return [uploaded, imported, registered];
  const tested = planStep(runMachineImageTest, {
    id: 'test-machine-image',
    stage: 'finalize',
    summary: `test ${name}, and remove it when it fails`,
    with: {
      name,
      mark,
      sha256,
      imageId: outputRef(registered, 'imageId'),
      command: [...settings.test],
      timeoutMs: TEST_TIMEOUT_MS,
    },
  });
  return [uploaded, imported, registered, tested];
}
