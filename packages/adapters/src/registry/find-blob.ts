import { integrityBroken } from '@osrel/core';
import { headerOf, type RegistrySession } from './registry-session.ts';

/** A blob as manifests name it. */
export interface BlobName {
  /** `sha256:<hex>`. */
  readonly digest: string;
  readonly sizeBytes: number;
}

/** Whether the session's own repository, or one it may not even see, has the blob whole. */
export async function isBlobThere(
  session: RegistrySession,
  repository: string,
  blob: BlobName,
): Promise<boolean> {
  // Where else a layer may be is only a guess: who may not look there has to send it.
  const isOwn = repository === session.repository;
  const { status, headers } = await session.ask({
    method: 'HEAD',
    at: `/v2/${repository}/blobs/${blob.digest}`,
    purpose: 'to say whether it has a blob',
    accept: isOwn ? [200, 404] : [200, 400, 401, 403, 404],
  });
  if (status !== 200) return false;
  const size = headerOf(headers, 'content-length');
  const digest = headerOf(headers, 'docker-content-digest');
  const isWhole = size === undefined || Number(size) === blob.sizeBytes;
  if (isWhole && (digest === undefined || digest === blob.digest)) return true;
  if (!isOwn) return false;
  throw integrityBroken(
    'registry.blob-damaged',
    `registry ${session.registry.host} has blob ${blob.digest} of ${repository} with ${size ?? 'unknown'} bytes instead of ${blob.sizeBytes}${digest === undefined ? '' : `, as ${digest}`}`,
    { hint: 'the registry lost bytes: have it repaired, or remove that blob there' },
  );
}
