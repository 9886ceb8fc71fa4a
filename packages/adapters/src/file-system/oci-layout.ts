import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { canonicalJson, hexOfDigest, parseDigest } from '@osrel/core';
import { z } from 'zod';
import { type BeforeCommit, createFileAtomically } from './atomic-file.ts';
import { findJson, writeJson } from './json-file.ts';
import { findFingerprint } from './stored-content.ts';

/** One blob as an OCI manifest refers to it. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const REFERENCE = 'org.opencontainers.image.ref.name';

const indexSchema = z.object({
  schemaVersion: z.literal(2),
  manifests: z.array(
    z.object({
      mediaType: z.string(),
      digest: z.string(),
      size: z.number(),
      annotations: z.record(z.string(), z.string()),
    }),
  ),
});

/** Stores a text as a blob; an existing one is left alone. */
export async function storeText(
  registry: string,
  { text, mediaType }: { readonly text: string; readonly mediaType: string },
  beforeCommit?: BeforeCommit,
): Promise<Descriptor> {
  const hex = createHash('sha256').update(text).digest('hex');
  await createFileAtomically(join(registry, 'blobs', 'sha256', hex), text, beforeCommit);
  return { mediaType, digest: `sha256:${hex}`, size: Buffer.byteLength(text) };
}

/** Stores an image manifest; its digest is the image's content hash. */
export async function storeImageManifest(
  registry: string,
  parts: {
    readonly config: Descriptor;
    readonly layers: readonly Descriptor[];
    readonly annotations: Readonly<Record<string, string>>;
  },
  beforeCommit?: BeforeCommit,
): Promise<Descriptor> {
  const text = canonicalJson({ schemaVersion: 2, mediaType: MANIFEST, ...parts });
  return storeText(registry, { text, mediaType: MANIFEST }, beforeCommit);
}

/** Lets the layout's index name the manifest, so that OCI tools can read it. The caller holds the registry's lock. */
export async function tagManifest(
  registry: string,
  manifest: Descriptor,
  reference: string,
  beforeCommit?: BeforeCommit,
): Promise<void> {
  await createFileAtomically(join(registry, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}\n', beforeCommit);
  const path = join(registry, 'index.json');
  const others = ((await findJson(path, indexSchema))?.manifests ?? []).filter(
    ({ annotations }) => annotations[REFERENCE] !== reference,
  );
  const manifests = [...others, { ...manifest, annotations: { [REFERENCE]: reference } }];
  await writeJson(path, { schemaVersion: 2, manifests }, beforeCommit);
}

/** Size in bytes of the blob of that digest; undefined when there is none. */
export async function findBlobSize(registry: string, digest: string): Promise<number | undefined> {
  return (await findFingerprint(blobPath(registry, digest)))?.sizeBytes;
}

/** `blobs/sha256/<hex>` of the layout; the digest is `sha256:<hex>`. */
export function blobPath(registry: string, digest: string): string {
  return join(registry, 'blobs', 'sha256', hexOfDigest(parseDigest(digest)));
}
