import { join } from 'node:path';
import { type CopyImageRequest, type ImagePlatform, type ReleaseImage, upstreamFailed } from '@osrel/core';
import type { Descriptor } from './oci-layout.ts';
import { checkService, type PushOptions, recordImage } from './push-local-image.ts';
import { findImageRecord, getReleaseRecord, imageRecordPath } from './release-files.ts';

/** Copies one image of a registry into the OCI layout `folder` and answers its manifest. */
export type FetchImage = (request: {
  readonly reference: string;
  readonly platform: ImagePlatform;
  readonly folder: string;
  readonly signal?: AbortSignal;
}) => Promise<Descriptor & { readonly sizeBytes: number }>;

/**
 * Takes an image from a registry into the application's OCI layout. A service that has its image keeps it: the
 * reference may be a tag that has moved since. Throws upstream `image.registry-unreachable` without a way to registries.
 */
export async function copyLocalImage(
  options: PushOptions & { readonly fetchImage?: FetchImage | undefined },
  request: CopyImageRequest,
): Promise<ReleaseImage> {
  const { layout, fetchImage } = options;
  const release = await getReleaseRecord(layout, request.releaseId);
  await checkService(layout, release, request.service);
  const found = await findImageRecord(imageRecordPath(layout, release, request.service));
  if (found !== undefined) {
    const { labels: _, ...image } = found;
    return image;
  }
  if (fetchImage === undefined) {
    throw upstreamFailed(
      'image.registry-unreachable',
      `service ${request.service} takes its image ${request.reference} from a registry, and this world has no way to one`,
      { hint: 'build the service, or use an environment with a registry' },
    );
  }
  const folder = join(layout.applicationFolder(release.application), 'registry');
  const { sizeBytes, ...manifest } = await fetchImage({
    reference: request.reference,
    platform: request.platform,
    folder,
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  });
  const image: ReleaseImage = {
    service: request.service,
    archiveSha256: null,
    contentHash: manifest.digest,
    sizeBytes,
  };
  await recordImage(options, { release, manifest, record: { ...image, labels: request.labels } });
  return image;
}
