import { z } from 'zod';
import { findOwnMachineImage } from './own-machine-image.ts';
import { isImageSent, machineImageSourceSchema, readRawImage, sendRawImage } from './send-machine-image.ts';
import { defineStepKind, notDone } from './step-kind.ts';

const input = machineImageSourceSchema.extend({ name: z.string(), mark: z.string() });

const output = z.strictObject({ key: z.string(), sha256: z.string(), sizeBytes: z.number() });

/**
 * Uploads the raw disk image to the bucket for imports, under a key that only lives until the import has ended
 * (balena-workflow 10.3). Nothing is sent for an image that is registered already, or while its import runs.
 */
export const uploadMachineImage = defineStepKind({
  kind: 'upload-machine-image',
  writes: true,
  input,
  output,
  ports: ['machineImages', 'machineImageStore', 'deployFolder'],
  probe: async (wanted, { ports, signal }) => {
    const raw = await readRawImage(wanted, ports.deployFolder);
    const known = { key: wanted.key, sha256: raw.sha256, sizeBytes: raw.sizeBytes };
    const origin = { mark: wanted.mark, sha256: raw.sha256 };
    const image = await findOwnMachineImage({ ...origin, name: wanted.name }, ports.machineImages, signal);
    if (image !== undefined)
      return { done: true, output: known, because: `${image.id} is made from it already` };
    const running = await ports.machineImages.findImport({ ...origin, id: null }, signal);
    if (running !== undefined && running.state !== 'failed')
      return { done: true, output: known, because: `import ${running.id} has it` };
    return (await isImageSent(wanted.key, raw, ports.machineImageStore))
      ? { done: true, output: known, because: 'the object is there with its size and digest' }
      : notDone;
  },
  run: async (wanted, run) => {
    const raw = await readRawImage(wanted, run.ports.deployFolder);
    await sendRawImage(wanted.key, raw, run);
    return { key: wanted.key, sha256: raw.sha256, sizeBytes: raw.sizeBytes };
  },
});
