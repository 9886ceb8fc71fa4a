import type { CopiedImage, ImageTarget, ImageWish } from '../image-registry.ts';
import { ensureBlob } from './ensure-blob.ts';
import { forEachAtOnce } from './for-each-at-once.ts';
import { listBlobs } from './image-manifest.ts';
import { openSource, openTarget, type RegistryTerms } from './open-session.ts';
import { parseImageReference } from './parse-image-reference.ts';
import { BLOBS_AT_ONCE } from './push-image.ts';
import { putManifest } from './put-manifest.ts';
import { readSourceImage, type SourceImage } from './read-source-image.ts';
import { openRemoteBlob } from './remote-blob.ts';
import { createUploadNotes } from './upload-notes.ts';

/** ImageRegistry.copy: blobs pass through memory a piece at a time, the manifest comes last and stays what it is. */
export async function copyImage(
  terms: RegistryTerms,
  request: ImageTarget & ImageWish,
): Promise<CopiedImage> {
  const { signal, onSent } = request;
  const reference = parseImageReference(request.reference);
  const source = await openSource(terms, reference, signal);
  const image = await readSourceImage(source.session, reference, request);
  const isSame = new URL(reference.registry).origin === new URL(request.registry).origin;
  const mountFrom = [...(isSame ? [reference.repository] : []), ...request.mountFrom];
  const target = await openTarget(terms, { ...request, mountFrom });
  const notes = createUploadNotes(terms.cacheFolder, target.session);
  await forEachAtOnce(listBlobs(image.manifest), { atOnce: BLOBS_AT_ONCE, signal }, async (name, stop) => {
    const blob = openRemoteBlob(source.until(stop), name);
    try {
      const session = target.until(stop);
      await ensureBlob({ session, notes, chunkBytes: terms.chunkBytes, mountFrom, onSent }, blob);
    } finally {
      blob.close();
    }
  });
  await putManifest(target.session, image.stored, request.tag);
  return describeCopy(`${reference.host}/${reference.repository}`, image);
}

/** The answer for an image of that name. */
export function describeCopy(name: string, { manifest, stored }: SourceImage): CopiedImage {
  return {
    digest: stored.digest,
    mediaType: stored.mediaType,
    manifestBytes: stored.content.length,
    configDigest: manifest.config.digest,
    sizeBytes: listBlobs(manifest).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    source: `${name}@${stored.digest}`,
  };
}
