import { z } from 'zod';
import { builtFileSchema, getBuiltFile } from './build-service.ts';
import { defineStepKind, notDone } from './step-kind.ts';

const input = z.strictObject({
  /** The build's files by name; `artifact` is the name of the disk image among them. */
  files: z.record(z.string(), builtFileSchema),
  artifact: z.string(),
  /** '' for the main image, `flasher` or `raw`. */
  variant: z.string(),
});

export const preparedImageSchema = z.strictObject({
  variant: z.string(),
  manifestPath: z.string(),
  partsDirectory: z.string(),
  parts: z.array(z.string()),
  blockMapPath: z.string(),
  sizeBytes: z.number(),
  sha256: z.string(),
});

/** Cuts a disk image into the raw-deflate parts that etchers and the image maker read (balena-automation 7). */
export const prepareImage = defineStepKind({
  kind: 'prepare-image',
  writes: true,
  input,
  output: preparedImageSchema,
  ports: ['diskImages'],
  // Each call keeps every core busy by itself.
  concurrency: 1,
  probe: async ({ files, artifact, variant }, { ports }) => {
    const image = getBuiltFile(files, artifact);
    const prepared = await ports.diskImages.findPrepared({
      ...requestOf(image.path, variant),
      imageSha256: image.sha256,
    });
    return prepared === undefined
      ? notDone
      : {
          done: true,
          output: toOutput(variant, prepared),
          because: 'parts of this very image are there and complete',
        };
  },
  run: async ({ files, artifact, variant }, { ports, signal, progress, log }) => {
    const image = getBuiltFile(files, artifact);
    const onProgress = (done: number, total: number): void => progress(done, total, 'bytes');
    const prepared = await ports.diskImages.prepare({
      ...requestOf(image.path, variant),
      signal,
      onProgress,
    });
    log(`${prepared.parts.length} parts from ${image.path}`);
    return toOutput(variant, prepared);
  },
});

function requestOf(image: string, variant: string) {
  return { image, outputDirectory: image.slice(0, image.lastIndexOf('/')), variant };
}

function toOutput(
  variant: string,
  prepared: {
    readonly manifestPath: string;
    readonly partsDirectory: string;
    readonly parts: readonly { readonly filename: string }[];
    readonly blockMapPath: string;
    readonly image: { readonly sizeBytes: number; readonly sha256: string };
  },
): z.infer<typeof preparedImageSchema> {
  return {
    variant,
    manifestPath: prepared.manifestPath,
    partsDirectory: prepared.partsDirectory,
    parts: prepared.parts.map((part) => part.filename),
    blockMapPath: prepared.blockMapPath,
    sizeBytes: prepared.image.sizeBytes,
    sha256: prepared.image.sha256,
  };
}
