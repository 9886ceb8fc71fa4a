import { Readable } from 'node:stream';
import { integrityBroken, type OsrelError, upstreamFailed } from '@osrel/core';
import { withRetries } from '../with-retries.ts';
import { digestOf, MANIFEST_TYPES, type ManifestContent } from './image-manifest.ts';
import { complaintCodes, replyError } from './registry-errors.ts';
import { headerOf, type RegistrySession } from './registry-session.ts';

/**
 * Stores a manifest whose blobs are there, under the tag or else its digest, and reads it back. What is there already is
 * not written; a write whose reply was lost is found done. Throws integrity `registry.digest-mismatch`.
 */
export async function putManifest(
  session: RegistrySession,
  manifest: ManifestContent,
  tag: string | undefined,
): Promise<void> {
  const name = tag ?? manifest.digest;
  await withRetries(session, async () => {
    if ((await findDigest(session, name)) !== manifest.digest) await write(session, manifest, name);
  });
  await withRetries(session, () => checkStored(session, manifest, name));
}

/** The digest of the manifest of that name; undefined when there is none, or the registry does not say. */
async function findDigest(session: RegistrySession, name: string): Promise<string | undefined> {
  const { status, headers } = await session.ask({
    method: 'HEAD',
    at: `/v2/${session.repository}/manifests/${name}`,
    purpose: 'to say whether it has an image',
    accept: [200, 404],
    headers: { accept: MANIFEST_TYPES.join(', ') },
  });
  return status === 200 ? headerOf(headers, 'docker-content-digest') : undefined;
}

async function write(session: RegistrySession, manifest: ManifestContent, name: string): Promise<void> {
  const { content, mediaType, digest } = manifest;
  const purpose = 'to store an image manifest';
  const reply = await session.ask({
    method: 'PUT',
    at: `/v2/${session.repository}/manifests/${name}`,
    purpose,
    accept: [201, 400, 404],
    headers: { 'content-type': mediaType },
    body: { sizeBytes: content.length, open: async () => Readable.from([content]) },
  });
  if (reply.status !== 201) throw notStored(session, reply, purpose);
  const stored = headerOf(reply.headers, 'docker-content-digest');
  if (stored !== undefined && stored !== digest) throw changed(session, digest, stored);
}

function notStored(
  session: RegistrySession,
  { status, content }: { readonly status: number; readonly content: Buffer },
  purpose: string,
): OsrelError {
  const text = content.toString('utf8');
  const { registry, repository, credential } = session;
  if (complaintCodes(text).some((code) => code.endsWith('BLOB_UNKNOWN'))) {
    return upstreamFailed(
      'registry.blob-missing',
      `registry ${registry.host} does not see a blob of ${repository} that it has just been given`,
      { hint: 'try again: what is missing is sent again', retryable: true },
    );
  }
  const question = { host: registry.host, repository, purpose, credential };
  return replyError(question, { status, contentType: '', text, retryAfterMs: undefined });
}

/** As a device sees it: by its digest, byte for byte; and the name has moved. */
async function checkStored(
  session: RegistrySession,
  { digest }: ManifestContent,
  name: string,
): Promise<void> {
  const { status, content } = await session.ask({
    method: 'GET',
    at: `/v2/${session.repository}/manifests/${digest}`,
    purpose: 'to read an image manifest back',
    accept: [200, 404],
    headers: { accept: MANIFEST_TYPES.join(', ') },
  });
  if (status === 404) throw notVisible(session, digest);
  if (digestOf(content) !== digest) throw changed(session, digest, digestOf(content));
  if (name === digest) return;
  const named = await findDigest(session, name);
  if (named !== undefined && named !== digest) throw notVisible(session, `${name} as ${digest}`);
}

function notVisible({ registry, repository }: RegistrySession, what: string): OsrelError {
  return upstreamFailed(
    'registry.manifest-missing',
    `registry ${registry.host} took image ${what} of ${repository} and does not show it`,
    { hint: 'its replicas may be behind, or somebody else moved the tag: try again', retryable: true },
  );
}

function changed({ registry, repository }: RegistrySession, digest: string, found: string): OsrelError {
  return integrityBroken(
    'registry.digest-mismatch',
    `registry ${registry.host} has manifest ${digest} of ${repository} as ${found}`,
    { hint: 'something on the way changes manifests (an old registry or a proxy)' },
  );
}
