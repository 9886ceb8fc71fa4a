import { createHash } from 'node:crypto';
import { canonicalJson } from '@osrel/core';
import { z } from 'zod';
import type { BlobName } from './find-blob.ts';

const digestSchema = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const descriptorSchema = z.looseObject({
  mediaType: z.string(),
  digest: digestSchema,
  size: z.number().int().nonnegative(),
});
const annotationsSchema = z.record(z.string(), z.string()).optional();

/** One image: docker schema 2 or OCI. */
export const imageManifestSchema = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  config: descriptorSchema,
  layers: z.array(descriptorSchema),
});

/** Several images, or one with what was said about it. */
export const imageIndexSchema = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  manifests: z.array(
    descriptorSchema.extend({
      annotations: annotationsSchema,
      platform: z
        .looseObject({ os: z.string(), architecture: z.string(), variant: z.string().optional() })
        .optional(),
    }),
  ),
});

export type ImageManifest = z.infer<typeof imageManifestSchema>;
export type ImageIndex = z.infer<typeof imageIndexSchema>;
export type IndexEntry = ImageIndex['manifests'][number];

/** What a registry may answer when it is asked for an image. */
export const MANIFEST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

/** A manifest as bytes with a name. */
export interface ManifestContent {
  readonly content: Buffer;
  readonly mediaType: string;
  /** `sha256:<hex>` of the content. */
  readonly digest: string;
}

/**
 * The manifest of an image with layers packed by gzip. It is docker's schema 2 and not OCI: old engines on devices and
 * old registries know that one for sure, and every new one still does.
 */
export function createDockerManifest(config: BlobName, layers: readonly BlobName[]): ManifestContent {
  const mediaType = 'application/vnd.docker.distribution.manifest.v2+json';
  const describe = (type: string, { digest, sizeBytes }: BlobName) => ({
    mediaType: type,
    size: sizeBytes,
    digest,
  });
  const text = canonicalJson({
    schemaVersion: 2,
    mediaType,
    config: describe('application/vnd.docker.container.image.v1+json', config),
    layers: layers.map((each) => describe('application/vnd.docker.image.rootfs.diff.tar.gzip', each)),
  });
  const content = Buffer.from(text);
  return { content, mediaType, digest: digestOf(content) };
}

/** `sha256:<hex>`. */
export function digestOf(content: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** Config and layers of a manifest, each once. */
export function listBlobs({ config, layers }: ImageManifest): readonly BlobName[] {
  const all = [config, ...layers].map(({ digest, size }) => ({ digest, sizeBytes: size }));
  return [...new Map(all.map((blob) => [blob.digest, blob])).values()];
}

/** Entries that are images, without signatures and statements about other entries. */
export function listImages(index: ImageIndex): readonly IndexEntry[] {
  return index.manifests.filter(
    ({ annotations, platform }) =>
      annotations?.['vnd.docker.reference.type'] === undefined && platform?.os !== 'unknown',
  );
}
