import { stat } from 'node:fs/promises';
import {
  type CopyImageRequest,
  conflict,
  integrityBroken,
  type OsrelError,
  type PushImageRequest,
  type ReleaseImage,
  upstreamFailed,
} from '@osrel/core';
import { isMissing } from '../if-present.ts';
import type { Authorize, ImageRegistry, ImageTarget } from '../image-registry.ts';
import { nameOfKey } from './balena-failure.ts';
import { cancellableClient } from './cancellable-client.ts';
import { listFormerLocations } from './image-rows.ts';
import { type PreparedPlace, preparePlace } from './prepare-place.ts';
import { type ImageContent, type RecordTerms, recordImage } from './record-image.ts';
import { getReleaseRow, type ReleaseRow } from './release-rows.ts';

export interface FillTerms extends RecordTerms {
  readonly images: ImageRegistry;
  readonly registry: string;
  readonly tokenVariable: string | null;
  readonly authorize: Authorize;
}

interface FillRequest {
  readonly releaseId: number;
  readonly service: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  readonly onSent?: ((bytes: number) => void) | undefined;
}

// As `docker push` of a location has it: tools pull a location without a digest, and a registry that collects what no tag
// names keeps the image.
const TAG = 'latest';
// Two runs that fill one service at once may take each other's place away once; more is no accident.
const MOST_ROUNDS = 3;

/**
 * Pushes an archive as the image of a service. The content goes to the registry first; the image row tells of it last.
 * Throws conflict `release.final`, `release.foreign`, upstream `release.service-unknown`, and what the registry throws.
 */
export async function pushImage(terms: FillTerms, request: PushImageRequest): Promise<ReleaseImage> {
  const { archive, archiveSha256 } = request;
  const sizeBytes = await archiveSize(archive);
  return fill(terms, request, {
    isDone: (image) => image.archiveSha256 === archiveSha256,
    async send(target) {
      const pushed = await terms.images.push({ ...target, archive, archiveSha256 });
      return { contentHash: pushed.digest, sizeBytes, archiveSha256 };
    },
  });
}

/** Copies the image of another registry that the reference means now. Throws what `pushImage` throws. */
export async function copyImage(terms: FillTerms, request: CopyImageRequest): Promise<ReleaseImage> {
  return fill(terms, request, {
    isDone: () => true,
    async send(target) {
      const { reference, platform } = request;
      const copied = await terms.images.copy({
        ...target,
        reference,
        platform: { os: 'linux', ...platform },
      });
      return { contentHash: copied.digest, sizeBytes: copied.sizeBytes, archiveSha256: null };
    },
  });
}

interface Filling {
  /** Whether a complete image is the wanted one. */
  readonly isDone: (image: ReleaseImage) => boolean;
  readonly send: (target: ImageTarget) => Promise<ImageContent>;
}

async function fill(
  { client: uncut, ...others }: FillTerms,
  request: FillRequest,
  { isDone, send }: Filling,
): Promise<ReleaseImage> {
  const { service } = request;
  const terms = { ...others, client: cancellableClient(uncut, request.signal) };
  for (let round = 1; ; round += 1) {
    const row = await getReleaseRow(terms.client, request.releaseId);
    checkService(row, service);
    const found = row.release.images.find((image) => image.service === service);
    if (found !== undefined && isDone(found)) {
      request.onSent?.(found.sizeBytes);
      return found;
    }
    checkOpen(row, service);
    const prepared = await preparePlace(terms, { ...request, applicationId: row.applicationId });
    const content = await send(await targetOf(terms, request, prepared));
    const { place } = prepared;
    const isShown = await recordImage(terms, { releaseId: request.releaseId, service, place, content });
    if (isShown) return { service, ...content };
    if (round >= MOST_ROUNDS) throw notRecorded(request);
  }
}

async function targetOf(
  { client, registry, tokenVariable, authorize }: FillTerms,
  { signal, onSent }: FillRequest,
  { place, serviceId }: PreparedPlace,
): Promise<ImageTarget> {
  const repository = repositoryOf(place.location);
  const former = (await listFormerLocations(client, serviceId)).map(repositoryOf);
  return {
    registry,
    repository,
    mountFrom: [...new Set(former)].filter((each) => each !== repository),
    tag: TAG,
    authorize,
    credential: nameOfKey(tokenVariable),
    ...(signal === undefined ? {} : { signal }),
    ...(onSent === undefined ? {} : { onSent }),
  };
}

/** The location without its host. */
function repositoryOf(location: string): string {
  return location.slice(location.indexOf('/') + 1);
}

async function archiveSize(archive: string): Promise<number> {
  try {
    return (await stat(archive)).size;
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw integrityBroken('image.archive-damaged', `docker archive ${archive}: the file does not exist`, {
      hint: 'build it again',
      cause: error,
    });
  }
}

function checkService({ composition, release }: ReleaseRow, service: string): void {
  const { services } = composition;
  const names = typeof services === 'object' && services !== null ? Object.keys(services) : [];
  if (names.includes(service)) return;
  throw upstreamFailed(
    'release.service-unknown',
    `the composition of release ${release.id} has no service "${service}"`,
    { hint: `its services: ${names.join(', ') || 'none'}` },
  );
}

function checkOpen({ release, own }: ReleaseRow, service: string): void {
  const { id, application, version } = release;
  if (own === undefined) {
    throw conflict('release.foreign', `release ${id} of ${application} was not made by osrel`, {
      hint: 'it is left as it is; make a draft of your own with "osrel deploy"',
      details: { releaseId: id },
    });
  }
  if (!release.isFinal) return;
  throw conflict(
    'release.final',
    `release ${id} of ${application} ${version} is final: its image of ${service} cannot change`,
    {
      hint: 'make a new release',
      details: { releaseId: id, service },
    },
  );
}

function notRecorded({ releaseId, service }: FillRequest): OsrelError {
  return upstreamFailed(
    'release.image-not-recorded',
    `the image of ${service} is in the registry, but release ${releaseId} does not show it`,
    {
      hint: "the server's database may be behind, or another osrel works on the same release; run the command again",
      retryable: true,
      details: { releaseId, service },
    },
  );
}
