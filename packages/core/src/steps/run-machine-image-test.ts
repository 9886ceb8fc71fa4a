import { z } from 'zod';
import { integrityBroken, rigFailed, testsFailed } from '../errors/osrel-error.ts';
import { mayBeRetried } from '../model/test-verdict.ts';
import type { MachineImage, MachineImageTestResult } from '../ports/machine-images.ts';
import { findOwnMachineImage } from './own-machine-image.ts';
import { defineStepKind, notDone, type StepRun } from './step-kind.ts';

const input = z.strictObject({
  name: z.string(),
  mark: z.string(),
  sha256: z.string(),
  imageId: z.string(),
  command: z.array(z.string()).min(1),
  timeoutMs: z.number(),
});

const output = z.strictObject({ imageId: z.string(), verdict: z.literal('passed') });

/**
 * Runs the configured test on the machine image. Passing is recorded on the image. One that fails is removed with its
 * snapshot, but only while nobody has accepted it: what was usable before this release's test stays (balena-workflow 10.7).
 */
export const runMachineImageTest = defineStepKind({
  kind: 'run-machine-image-test',
  writes: true,
  input,
  output,
  ports: ['machineImages'],
  probe: async (wanted, { ports, signal }) => {
    const image = await findOwnMachineImage(wanted, ports.machineImages, signal);
    if (image?.id !== wanted.imageId || image.test !== 'passed') return notDone;
    return {
      done: true,
      output: { imageId: image.id, verdict: 'passed' },
      because: `${image.id} has passed its test`,
    };
  },
  run: async (wanted, run) => {
    const { ports, signal, log } = run;
    const image = await getImage(wanted, run);
    const result = await ports.machineImages.runTest(
      {
        imageId: image.id,
        name: image.name,
        command: wanted.command,
        timeoutMs: wanted.timeoutMs,
      },
      { signal, onLine: log },
    );
    if (result.verdict === 'passed') {
      await ports.machineImages.recordTest(image.id, signal);
      return { imageId: image.id, verdict: 'passed' as const };
    }
    throw await rejectImage(image, result, run);
  },
});

async function getImage(
  wanted: z.infer<typeof input>,
  { ports, signal }: StepRun<'machineImages'>,
): Promise<MachineImage> {
  const image = await findOwnMachineImage(wanted, ports.machineImages, signal);
  if (image?.id === wanted.imageId) return image;
  throw integrityBroken('machine-image.gone', `${wanted.imageId} (${wanted.name}) is there no more`, {
    hint: 'a failed test removes it; make it anew with: osrel finalize',
  });
}

async function rejectImage(
  image: MachineImage,
  { verdict, because }: MachineImageTestResult,
  { ports, log }: StepRun<'machineImages'>,
): Promise<Error> {
  if (mayBeRetried(verdict)) {
    return rigFailed('machine-image.test-rig', `the test of ${image.id} could not run: ${because}`, {
      hint: `${image.id} stays, untested; test it again with: osrel resume`,
      retryable: true,
    });
  }
  const isOpen = image.test === 'pending';
  if (isOpen) await ports.machineImages.remove({ imageId: image.id, snapshotId: image.snapshotId });
  const fate = isOpen
    ? `${image.id} and ${image.snapshotId ?? 'its snapshot'} are removed`
    : `${image.id} stays: it was in use before this test`;
  log(fate);
  return testsFailed('machine-image.test-failed', `${image.name} failed its test: ${because}`, {
    hint: `${fate}; read the test's output with: osrel logs`,
    details: { imageId: image.id, verdict },
  });
}
