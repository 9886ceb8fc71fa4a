import { EMPTY_BODY } from '../http-exchange.ts';
import { withRetries } from '../with-retries.ts';
import type { BlobSource } from './blob-source.ts';
import { type BlobName, isBlobThere } from './find-blob.ts';
import type { RegistrySession } from './registry-session.ts';
import { uploadBlob } from './upload-blob.ts';
import { type OpenUpload, readUpload } from './upload-location.ts';
import type { UploadNotes } from './upload-notes.ts';

export interface BlobDelivery {
  readonly session: RegistrySession;
  readonly notes: UploadNotes;
  readonly chunkBytes: number;
  readonly mountFrom: readonly string[];
  readonly onSent?: ((bytes: number) => void) | undefined;
}

/** Each costs a question for each blob. */
export const MOST_MOUNT_CANDIDATES = 4;

/** Makes the repository have the blob: it has it, or another repository of the registry lends it, or it is uploaded. */
export async function ensureBlob(delivery: BlobDelivery, blob: BlobSource): Promise<void> {
  const found = await seekBlob(delivery, blob);
  const onArrived = tellOnce(delivery.onSent);
  if (found.kind === 'missing') await uploadBlob({ ...delivery, blob, opened: found.opened, onArrived });
  onArrived(blob.sizeBytes);
}

/** The same without the bytes: whether the repository has the blob now. */
export async function takeExistingBlob(delivery: BlobDelivery, blob: BlobName): Promise<boolean> {
  const found = await seekBlob(delivery, blob);
  if (found.kind === 'there') delivery.onSent?.(blob.sizeBytes);
  return found.kind === 'there';
}

/** `opened` is an upload that the registry began when it was asked to lend. */
type Sought = { readonly kind: 'there' } | { readonly kind: 'missing'; readonly opened?: OpenUpload };

async function seekBlob({ session, mountFrom }: BlobDelivery, blob: BlobName): Promise<Sought> {
  if (await withRetries(session, () => isBlobThere(session, session.repository, blob)))
    return { kind: 'there' };
  const candidates = mountFrom.filter((each) => each !== session.repository).slice(0, MOST_MOUNT_CANDIDATES);
  for (const from of candidates) {
    if (await withRetries(session, () => isBlobThere(session, from, blob)))
      return withRetries(session, () => mountBlob(session, blob, from));
  }
  return { kind: 'missing' };
}

/** OCI distribution 1.1, "Mounting a blob from another repository". */
async function mountBlob(session: RegistrySession, { digest }: BlobName, from: string): Promise<Sought> {
  const { status, headers } = await session.ask({
    method: 'POST',
    at: `/v2/${session.repository}/blobs/uploads/?${new URLSearchParams({ mount: digest, from })}`,
    purpose: 'to take a blob from another repository',
    accept: [201, 202],
    body: EMPTY_BODY,
  });
  if (status === 201) return { kind: 'there' };
  return { kind: 'missing', opened: readUpload(session, headers, { offset: 0 }) };
}

/** Turns how far a blob is into how many bytes came since; what has to be sent twice is told once. */
function tellOnce(onSent: ((bytes: number) => void) | undefined): (arrived: number) => void {
  let told = 0;
  return (arrived) => {
    if (arrived <= told) return;
    onSent?.(arrived - told);
    told = arrived;
  };
}
