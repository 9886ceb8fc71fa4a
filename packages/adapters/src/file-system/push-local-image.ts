import { join } from 'node:path';
import {
  conflict,
  integrityBroken,
  type OsrelError,
  type PushImageRequest,
  type ReleaseImage,
  upstreamFailed,
} from '@osrel/core';
import { z } from 'zod';
import { type ArchiveTar, archiveDamaged, indexArchiveTar } from '../archive-tar.ts';
import { type DockerArchive, parseDockerArchive } from '../read-docker-archive.ts';
import type { BeforeCommit } from './atomic-file.ts';
import { findJson, writeJson } from './json-file.ts';
import { type Descriptor, storeImageManifest, storeText, tagManifest } from './oci-layout.ts';
import {
  findImageRecord,
  getReleaseRecord,
  type ImageRecord,
  imageRecordPath,
  type ReleaseRecord,
  releaseResource,
} from './release-files.ts';
import { checkSegment } from './safe-segments.ts';
import { storeLayer } from './store-layer.ts';
import type { WorldLayout } from './world-layout.ts';
import type { WorldLock } from './world-lock.ts';

export interface PushOptions {
  readonly layout: WorldLayout;
  readonly lock: WorldLock;
  readonly beforeCommit?: BeforeCommit | undefined;
}

const CONFIG = 'application/vnd.oci.image.config.v1+json';
const compositionSchema = z.object({ services: z.record(z.string(), z.unknown()) });

/**
 * Reads a docker archive, checks its digest and every layer's, and stores it in the application's OCI layout
 * `registry/`, which OCI tools can read as `<release id>-<service>`. Blobs are content-addressed and harmless
 * on their own; the commit point is the rename of `images/<service>.json`. The content hash is the digest of the
 * image manifest; labels are its annotations. Throws integrity `image.archive-digest`, `image.archive-damaged`,
 * `image.layer-damaged`; conflict `release.final` for new bytes on a final release.
 */
export async function pushLocalImage(options: PushOptions, request: PushImageRequest): Promise<ReleaseImage> {
  const { layout, beforeCommit } = options;
  const release = await getReleaseRecord(layout, request.releaseId);
  await checkService(layout, release, request.service);
  const registry = join(layout.applicationFolder(release.application), 'registry');
  const tar = await readCheckedArchive(request);
  const { sizeBytes } = tar;
  const manifest = await storeImage(registry, { request, tar }, beforeCommit);
  const record: ImageRecord = {
    service: request.service,
    archiveSha256: request.archiveSha256,
    contentHash: manifest.digest,
    sizeBytes,
    labels: request.labels,
  };
  await recordImage(options, { release, record, manifest });
  request.onSent?.(sizeBytes);
  const { labels: _, ...image } = record;
  return image;
}

/** Names the manifest in the application's registry and then writes the image record: the commit point. */
export async function recordImage(
  { layout, lock, beforeCommit }: PushOptions,
  image: {
    readonly release: ReleaseRecord;
    readonly record: ImageRecord;
    readonly manifest: Descriptor;
  },
): Promise<void> {
  const { release, record, manifest } = image;
  const path = imageRecordPath(layout, release, record.service);
  const registry = join(layout.applicationFolder(release.application), 'registry');
  await lock(releaseResource(release.id), async () => {
    const found = await findImageRecord(path);
    if (found?.contentHash === record.contentHash && found.archiveSha256 === record.archiveSha256) return;
    if ((await getReleaseRecord(layout, release.id)).isFinal) throw releaseFinal(release, record.service);
    const reference = `${release.id}-${record.service}`;
    await lock(`registry of ${release.application}`, () =>
      tagManifest(registry, manifest, reference, beforeCommit),
    );
    await writeJson(path, record, beforeCommit);
  });
}

/** Throws upstream `release.service-unknown` for a service that the release's composition does not have. */
export async function checkService(
  layout: WorldLayout,
  release: ReleaseRecord,
  service: string,
): Promise<void> {
  checkSegment(service, 'service');
  const path = join(layout.releaseFolder(release.application, release.id), 'composition.json');
  const services = (await findJson(path, compositionSchema))?.services ?? {};
  if (Object.hasOwn(services, service)) return;
  throw upstreamFailed(
    'release.service-unknown',
    `the composition of release ${release.id} has no service "${service}"`,
    {
      hint: `its services: ${Object.keys(services).join(', ') || 'none'}`,
    },
  );
}

/** The archive's entries, read once from first byte to last, of which the digest is made too. */
async function readCheckedArchive({ archive, archiveSha256, signal }: PushImageRequest): Promise<ArchiveTar> {
  const tar = await indexArchiveTar(archive, signal);
  if (tar.sha256 === archiveSha256) return tar;
  throw integrityBroken(
    'image.archive-digest',
    `docker archive ${archive} has sha256 ${tar.sha256}, announced was ${archiveSha256}`,
    {
      hint: 'the archive changed after the build; build it again',
    },
  );
}

async function storeImage(
  registry: string,
  { request, tar }: { readonly request: PushImageRequest; readonly tar: ArchiveTar },
  beforeCommit?: BeforeCommit,
): Promise<Descriptor> {
  const archive = await parseDockerArchive(tar);
  const layers = await storeLayers(registry, { archive, request, beforeCommit });
  const config = await storeText(registry, { text: archive.configText, mediaType: CONFIG }, beforeCommit);
  return storeImageManifest(registry, { config, layers, annotations: request.labels }, beforeCommit);
}

async function storeLayers(
  registry: string,
  source: {
    readonly archive: DockerArchive;
    readonly request: PushImageRequest;
    readonly beforeCommit: BeforeCommit | undefined;
  },
): Promise<readonly Descriptor[]> {
  const layers: Descriptor[] = [];
  for (const [index, range] of source.archive.layers.entries()) {
    const diffId = source.archive.diffIds[index];
    if (diffId === undefined)
      throw archiveDamaged(source.request.archive, `layer ${index + 1} has no digest`);
    const { archive: file, signal } = source.request;
    layers.push(
      await storeLayer(registry, { file, range, diffId, signal, beforeCommit: source.beforeCommit }),
    );
  }
  return layers;
}

function releaseFinal({ id, application }: ReleaseRecord, service: string): OsrelError {
  return conflict(
    'release.final',
    `release ${id} of ${application} is final, the image of service "${service}" cannot change`,
    {
      hint: 'make a new release',
    },
  );
}
