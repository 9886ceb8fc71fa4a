import { Readable } from 'node:stream';
import type { PushedImage, PushRequest } from '../image-registry.ts';
import { type BlobDelivery, ensureBlob, takeExistingBlob } from './ensure-blob.ts';
import type { BlobName } from './find-blob.ts';
import { forEachAtOnce } from './for-each-at-once.ts';
import { createDockerManifest, digestOf } from './image-manifest.ts';
import { openTarget, type RegistryTerms } from './open-session.ts';
import { findSentLayer, removeOldLayers } from './packed-layers.ts';
import { prepareLayer } from './prepare-layer.ts';
import { putManifest } from './put-manifest.ts';
import { type PromisedLayer, readImageArchive } from './read-image-archive.ts';
import { createUploadNotes } from './upload-notes.ts';

/** Layers on their way at once: their packing takes the processor, their sending the network. */
export const BLOBS_AT_ONCE = 3;

/** ImageRegistry.push: layers first, then the config, the manifest last; without it the rest is nobody's. */
export async function pushImage(terms: RegistryTerms, request: PushRequest): Promise<PushedImage> {
  const { cacheFolder: folder, clock, chunkBytes } = terms;
  const { mountFrom, onSent, signal } = request;
  await removeOldLayers(folder, clock);
  const image = await readImageArchive(request);
  const { session, until } = await openTarget(terms, request);
  const notes = createUploadNotes(folder, session);
  const delivery = { session, notes, chunkBytes, mountFrom, onSent };
  const distinct = [...new Map(image.layers.map((layer) => [layer.diffId, layer])).values()];
  const blobs = await forEachAtOnce(distinct, { atOnce: BLOBS_AT_ONCE, signal }, (layer, stop) =>
    deliverLayer({ ...delivery, session: until(stop) }, layer, folder),
  );
  const content = Buffer.from(image.configText);
  const config = { digest: digestOf(content), sizeBytes: content.length };
  await ensureBlob(
    { ...delivery, mountFrom: [] },
    { ...config, open: async (start, end) => Readable.from([content.subarray(start, end)]) },
  );
  await image.checkUnchanged();
  const byDiffId = new Map(distinct.map(({ diffId }, index) => [diffId, blobs[index]]));
  const layers = image.layers.flatMap(({ diffId }) => byDiffId.get(diffId) ?? []);
  const manifest = createDockerManifest(config, layers);
  await putManifest(session, manifest, request.tag);
  return {
    digest: manifest.digest,
    mediaType: manifest.mediaType,
    manifestBytes: manifest.content.length,
    configDigest: config.digest,
    sizeBytes: blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, config.sizeBytes),
  };
}

async function deliverLayer(delivery: BlobDelivery, layer: PromisedLayer, folder: string): Promise<BlobName> {
  const sent = await findSentLayer(folder, layer.diffId);
  if (sent !== undefined && (await takeExistingBlob(delivery, sent))) return sent;
  const blob = await prepareLayer(layer, { folder, signal: delivery.session.signal });
  await ensureBlob(delivery, blob);
  await blob.discard();
  return { digest: blob.digest, sizeBytes: blob.sizeBytes };
}
