import { z } from 'zod';
import { OsrelError, upstreamFailed } from '../errors/osrel-error.ts';
import type { MachineImage } from '../ports/machine-images.ts';
import { findOwnMachineImage } from './own-machine-image.ts';
import { defineStepKind, notDone } from './step-kind.ts';

const input = z.strictObject({
  name: z.string(),
  mark: z.string(),
  sha256: z.string(),
  snapshotId: z.string(),
  architecture: z.enum(['x86_64', 'arm64']),
  /** Whether a test step has yet to accept it. */
  isTested: z.boolean(),
});

const output = z.strictObject({ imageId: z.string(), snapshotId: z.string() });

/** Registers the snapshot as a machine image under the release's name; that name never changes hands (balena-workflow 10.4). */
export const registerMachineImage = defineStepKind({
  kind: 'register-machine-image',
  writes: true,
  input,
  output,
  ports: ['machineImages'],
  probe: async (wanted, { ports, signal }) => {
    const image = await findOwnMachineImage(wanted, ports.machineImages, signal);
    if (image === undefined) return notDone;
    return { done: true, output: outputOf(image, wanted), because: `it is ${image.id}` };
  },
  run: async (wanted, { ports, signal, log }) => {
    try {
      const image = await ports.machineImages.registerImage(wanted, signal);
      log(`${image.name} is ${image.id}`);
      return outputOf(image, wanted);
    } catch (error) {
      // Nobody will use a snapshot whose image can never be made; any other failure may pass, and then it is needed.
      if (error instanceof OsrelError && error.code === 'machine-image.name-taken')
        await ports.machineImages.remove({ imageId: null, snapshotId: wanted.snapshotId });
      throw error;
    }
  },
});

function outputOf(image: MachineImage, wanted: { readonly snapshotId: string }): z.infer<typeof output> {
  if (image.isUsable) return { imageId: image.id, snapshotId: image.snapshotId ?? wanted.snapshotId };
  throw upstreamFailed(
    'machine-image.unusable',
    `${image.name} is ${image.id}, which no machine can be started from`,
    { hint: `deregister it (aws ec2 deregister-image --image-id ${image.id}), then: osrel finalize` },
  );
}
