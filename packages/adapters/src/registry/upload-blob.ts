import { integrityBroken, OsrelError, upstreamFailed } from '@osrel/core';
import { EMPTY_BODY } from '../http-exchange.ts';
import { delayAfter, isPassing, MOST_ATTEMPTS, withRetries } from '../with-retries.ts';
import type { BlobSource } from './blob-source.ts';
import { isBlobThere } from './find-blob.ts';
import { complaintCodes, replyError } from './registry-errors.ts';
import { headerOf, type RegistrySession, type SessionReply } from './registry-session.ts';
import { type OpenUpload, readUpload } from './upload-location.ts';
import type { UploadNotes } from './upload-notes.ts';

export interface BlobUpload {
  readonly session: RegistrySession;
  readonly blob: BlobSource;
  readonly notes: UploadNotes;
  /** Bytes of a request, so also what a cut costs at most, where the registry keeps what it got. */
  readonly chunkBytes: number;
  /** An upload that is open already. */
  readonly opened?: OpenUpload | undefined;
  /** Told how many bytes of the blob have arrived; may go back when the registry loses some. */
  readonly onArrived: (bytes: number) => void;
}

const DIGEST_MISMATCH = 'registry.digest-mismatch';

/**
 * Uploads a blob in chunks. After a cut the registry is asked how far it is and the rest is sent; an upload that the
 * registry no longer knows starts anew. OCI distribution 1.1, "Pushing a blob in chunks".
 * Throws integrity `registry.digest-mismatch`, and as RegistrySession.
 */
export async function uploadBlob(upload: BlobUpload): Promise<void> {
  const { session, blob, notes } = upload;
  const noted = upload.opened === undefined ? await notes.find(blob.digest) : undefined;
  let at = upload.opened ?? (noted === undefined ? undefined : await askHowFar(upload, noted));
  let wasResumed = at !== undefined && at.offset > 0;
  let furthest = at?.offset ?? 0;
  for (let failures = 0; ; ) {
    try {
      at ??= await startUpload(session);
      while (at !== undefined) at = await sendChunk(upload, at);
      await notes.drop(blob.digest);
      return;
    } catch (error) {
      if (isMismatch(error)) await notes.drop(blob.digest);
      if (at === undefined || !(isPassing(error) || (isMismatch(error) && wasResumed))) throw error;
      failures = at.offset > furthest ? 1 : failures + 1;
      furthest = Math.max(furthest, at.offset);
      if (failures >= MOST_ATTEMPTS) throw error;
      if (isMismatch(error)) {
        // Parts of two attempts were put together wrongly: once more, in one go.
        wasResumed = false;
        at = undefined;
        continue;
      }
      await delayAfter(session, error, failures);
      // The reply to the last chunk may have been lost.
      if (await withRetries(session, () => isBlobThere(session, session.repository, blob))) return;
      at = await askHowFar(upload, at.location);
      wasResumed ||= at !== undefined && at.offset > 0;
    }
  }
}

function isMismatch(error: unknown): boolean {
  return error instanceof OsrelError && error.code === DIGEST_MISMATCH;
}

/** Opens an upload; one that is opened twice because a reply was lost does no harm: registries clear them away. */
function startUpload(session: RegistrySession): Promise<OpenUpload> {
  return withRetries(session, async () => {
    const { headers } = await session.ask({
      method: 'POST',
      at: `/v2/${session.repository}/blobs/uploads/`,
      purpose: 'to start an upload',
      accept: [202],
      body: EMPTY_BODY,
    });
    return readUpload(session, headers, { offset: 0 });
  });
}

/** How far the upload is; undefined when the registry no longer knows it, or does not want it to go on. */
function askHowFar({ session, blob, onArrived }: BlobUpload, location: URL): Promise<OpenUpload | undefined> {
  return withRetries(session, async () => {
    const { status, headers } = await session.ask({
      method: 'GET',
      at: location,
      purpose: 'to say how far an upload is',
      accept: [204, 400, 404, 416],
    });
    const found = status === 204 ? readUpload(session, headers, { location, offset: 0 }) : undefined;
    if (found === undefined || found.offset > blob.sizeBytes) return undefined;
    onArrived(found.offset);
    return found;
  });
}

/** Sends the next chunk and answers where the upload is then; undefined when that was the last and the blob is stored. */
async function sendChunk(upload: BlobUpload, at: OpenUpload): Promise<OpenUpload | undefined> {
  const { blob, chunkBytes, notes, onArrived } = upload;
  const start = at.offset;
  const end = Math.min(blob.sizeBytes, start + Math.max(chunkBytes, at.smallestChunk));
  if (end < blob.sizeBytes) {
    const { headers } = await send(upload, { at, end, method: 'PATCH', location: at.location });
    const next = readUpload(upload.session, headers, { location: at.location, offset: end });
    if (next.offset > end) throw lost(upload, `it says it has ${next.offset} bytes of ${end}`);
    // The chunk sizes of the first reply hold for the whole upload.
    const going = { ...next, smallestChunk: Math.max(next.smallestChunk, at.smallestChunk) };
    await notes.keep(blob.digest, going.location);
    onArrived(going.offset);
    return going;
  }
  const location = new URL(at.location);
  location.searchParams.set('digest', blob.digest);
  const { headers } = await send(upload, { at, end, method: 'PUT', location });
  const stored = headerOf(headers, 'docker-content-digest');
  if (stored !== undefined && stored !== blob.digest) throw mismatch(upload, `it calls it ${stored}`);
  onArrived(blob.sizeBytes);
  return undefined;
}

interface Chunk {
  readonly at: OpenUpload;
  readonly end: number;
  readonly method: 'PATCH' | 'PUT';
  readonly location: URL;
}

async function send(upload: BlobUpload, { at, end, method, location }: Chunk): Promise<SessionReply> {
  const { session, blob } = upload;
  const sizeBytes = end - at.offset;
  const range = sizeBytes === 0 ? {} : { 'content-range': `${at.offset}-${end - 1}` };
  const purpose = method === 'PUT' ? 'to finish an upload' : 'to take an upload';
  const reply = await session.ask({
    method,
    at: location,
    purpose,
    accept: method === 'PUT' ? [201, 204, 400, 404, 416] : [202, 204, 400, 404, 416],
    headers: { 'content-type': 'application/octet-stream', ...range },
    body: { sizeBytes, open: () => blob.open(at.offset, end) },
  });
  if (reply.status < 300) return reply;
  const text = reply.content.toString('utf8');
  const codes = complaintCodes(text);
  if (codes.includes('DIGEST_INVALID')) throw mismatch(upload, 'its bytes have another digest there');
  const isLost = reply.status !== 400 || codes.some((code) => code.startsWith('BLOB_UPLOAD_'));
  if (isLost) throw lost(upload, codes[0] ?? `status ${reply.status}`);
  const { registry, repository, credential } = session;
  const question = { host: registry.host, repository, purpose, credential };
  throw replyError(question, { status: reply.status, contentType: '', text, retryAfterMs: undefined });
}

function lost({ session, blob }: BlobUpload, why: string): OsrelError {
  return upstreamFailed(
    'registry.upload-lost',
    `registry ${session.registry.host} lost the upload of ${blob.digest} to ${session.repository}: ${why}`,
    { hint: 'try again; what has arrived completely is not sent again', retryable: true },
  );
}

function mismatch({ session, blob }: BlobUpload, why: string): OsrelError {
  return integrityBroken(
    DIGEST_MISMATCH,
    `registry ${session.registry.host} did not get blob ${blob.digest} of ${session.repository} whole: ${why}`,
    { hint: 'something on the way changes bytes (a proxy, a bad disk); the blob is not stored, try again' },
  );
}
