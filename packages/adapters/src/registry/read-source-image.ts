import { badConfig, integrityBroken, isDigest, type OsrelError, upstreamFailed } from '@osrel/core';
import { z } from 'zod';
import type { ImageWish, Platform } from '../image-registry.ts';
import { withRetries } from '../with-retries.ts';
import { choosePlatform, platformName } from './choose-platform.ts';
import {
  digestOf,
  type ImageIndex,
  type ImageManifest,
  imageIndexSchema,
  imageManifestSchema,
  listImages,
  MANIFEST_TYPES,
  type ManifestContent,
} from './image-manifest.ts';
import type { ImageReference } from './parse-image-reference.ts';
import { headerOf, type RegistrySession } from './registry-session.ts';

/** One image of a registry, by what it is made of. */
export interface SourceImage {
  readonly manifest: ImageManifest;
  readonly stored: ManifestContent;
}

const platformSchema = z.looseObject({
  os: z.string(),
  architecture: z.string(),
  variant: z.string().optional(),
});

/**
 * The image that a reference means now, for the platform where it names several. Throws integrity
 * `registry.digest-mismatch`, config `image.platform`, upstream `registry.*`.
 */
export async function readSourceImage(
  session: RegistrySession,
  { wanted }: ImageReference,
  wish: ImageWish,
): Promise<SourceImage> {
  const first = await readManifest(session, wanted);
  if (first.kind === 'image') {
    await checkPlatform(session, first.manifest, wish);
    return first;
  }
  const second = await readManifest(session, chooseImage(first.index, wish));
  if (second.kind === 'image') return second;
  throw unknownFormat(session, second.stored.digest, 'an index inside an index');
}

function chooseImage(index: ImageIndex, { reference, platform }: ImageWish): string {
  const images = listImages(index);
  const chosen =
    platform === null ? (images.length === 1 ? images[0] : undefined) : choosePlatform(images, platform);
  if (chosen !== undefined) return chosen.digest;
  const there = images.map((each) => (each.platform === undefined ? 'unnamed' : platformName(each.platform)));
  throw otherPlatform(reference, platform, there);
}

/** An image without an index says in its config what it runs on. */
async function checkPlatform(
  session: RegistrySession,
  { config }: ImageManifest,
  { reference, platform }: ImageWish,
): Promise<void> {
  if (platform === null) return;
  const { content } = await withRetries(session, () =>
    session.ask({
      method: 'GET',
      at: `/v2/${session.repository}/blobs/${config.digest}`,
      purpose: 'to read an image config',
      accept: [200],
    }),
  );
  if (digestOf(content) !== config.digest) throw damaged(session, config.digest, digestOf(content));
  const found = platformSchema.safeParse(parseJson(content)).data;
  if (found?.os === platform.os && found.architecture === platform.architecture) return;
  throw otherPlatform(reference, platform, found === undefined ? [] : [platformName(found)]);
}

type Answer =
  | ({ readonly kind: 'image' } & SourceImage)
  | { readonly kind: 'index'; readonly index: ImageIndex; readonly stored: ManifestContent };

async function readManifest(session: RegistrySession, name: string): Promise<Answer> {
  const { content, headers } = await withRetries(session, () =>
    session.ask({
      method: 'GET',
      at: `/v2/${session.repository}/manifests/${name}`,
      purpose: 'to read an image manifest',
      accept: [200],
      headers: { accept: MANIFEST_TYPES.join(', ') },
    }),
  );
  const digest = digestOf(content);
  const promised = isDigest(name) ? name : headerOf(headers, 'docker-content-digest');
  if (promised !== undefined && promised !== digest) throw damaged(session, promised, digest);
  const json = parseJson(content);
  const manifest = imageManifestSchema.safeParse(json).data;
  const index = imageIndexSchema.safeParse(json).data;
  const sentType = headerOf(headers, 'content-type')?.split(';')[0]?.trim() ?? '';
  const stored = { content, digest, mediaType: (manifest ?? index)?.mediaType ?? sentType };
  if (manifest !== undefined) return { kind: 'image', manifest, stored };
  if (index !== undefined) return { kind: 'index', index, stored };
  throw unknownFormat(session, digest, sentType);
}

function parseJson(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'));
  } catch {
    return undefined;
  }
}

function otherPlatform(reference: string, platform: Platform | null, there: readonly string[]): OsrelError {
  const wanted = platform === null ? 'one image' : platformName(platform);
  return badConfig(
    'image.platform',
    `image ${reference} is not for ${wanted}; it is for ${there.join(', ') || 'nothing that it names'}`,
    { hint: 'name an image of this platform in the composition' },
  );
}

function unknownFormat({ registry, repository }: RegistrySession, digest: string, what: string): OsrelError {
  return upstreamFailed(
    'registry.unknown-manifest',
    `manifest ${digest} of ${registry.host}/${repository} is no docker or OCI image (${what || 'no media type'})`,
    { hint: 'name another image, or have it pushed again by a newer program' },
  );
}

function damaged({ registry, repository }: RegistrySession, digest: string, found: string): OsrelError {
  return integrityBroken(
    'registry.digest-mismatch',
    `registry ${registry.host} answers ${found} for ${digest} of ${repository}`,
    { hint: 'do not use this image: the registry or something on the way changes bytes', retryable: false },
  );
}
