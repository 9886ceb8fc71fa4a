import { z } from 'zod';
import { defineStepKind, notDone } from './step-kind.ts';

const input = z.strictObject({
  releaseId: z.number(),
  service: z.string(),
  /** As the composition has it: `alpine:3.20`, or pinned by its digest. */
  reference: z.string(),
  platform: z.strictObject({ architecture: z.string(), variant: z.string().exactOptional() }),
  labels: z.record(z.string(), z.string()),
});

const output = z.strictObject({ contentHash: z.string(), sizeBytes: z.number() });

/**
 * Copies the image of a service that is not built (balena-workflow W41): by digest, without a checkout and without an
 * engine. A service that has its image keeps it, since a tag may have moved meanwhile.
 */
export const copyImage = defineStepKind({
  kind: 'copy-image',
  writes: true,
  input,
  output,
  ports: ['hostappReleases'],
  probe: async ({ releaseId, service }, { ports }) => {
    const release = await ports.hostappReleases.find(releaseId);
    const image = release?.images.find((each) => each.service === service);
    if (image === undefined) return notDone;
    const { contentHash, sizeBytes } = image;
    return { done: true, output: { contentHash, sizeBytes }, because: `the release has ${contentHash}` };
  },
  run: async (wanted, { ports, signal, log }) => {
    const { contentHash, sizeBytes } = await ports.hostappReleases.copyImage({ ...wanted, signal });
    log(`${wanted.service}: ${wanted.reference} is ${contentHash}`);
    return { contentHash, sizeBytes };
  },
});
