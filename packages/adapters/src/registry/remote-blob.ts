import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { integrityBroken } from '@osrel/core';
import { withRetries } from '../with-retries.ts';
import type { BlobSource } from './blob-source.ts';
import type { BlobName } from './find-blob.ts';
import { connectionError } from './registry-errors.ts';
import type { RegistrySession } from './registry-session.ts';

export interface RemoteBlob extends BlobSource {
  /** Ends the connection, if one is open. */
  readonly close: () => void;
}

interface Reading {
  readonly body: IncomingMessage;
  readonly parts: AsyncIterator<Uint8Array>;
  /** Of the blob; what `rest` holds has been read already. */
  position: number;
  rest: Uint8Array;
  /** Somebody takes from it, or stopped in the middle of a chunk: then nobody knows how far it is. */
  isTaken: boolean;
}

/**
 * A blob of another registry, read once from its start to its end while it is sent on, without a file between. Chunks
 * come from one reply; after a cut the rest is asked for. Whoever receives it checks the digest.
 */
export function openRemoteBlob(session: RegistrySession, blob: BlobName): RemoteBlob {
  let reading: Reading | undefined;
  const close = () => {
    reading?.body.destroy();
    reading = undefined;
  };
  const takeFrom = async function* (start: number, end: number) {
    if (reading === undefined || reading.isTaken || reading.position !== start) {
      close();
      reading = await withRetries(session, () => startReading(session, blob, start));
    }
    const from = reading;
    from.isTaken = true;
    while (from.position < end) yield await nextPart(session, blob, { from, end });
    from.isTaken = false;
  };
  return {
    ...blob,
    close,
    open: async (start, end) => Readable.from(takeFrom(start, end), { objectMode: false }),
  };
}

async function startReading(session: RegistrySession, blob: BlobName, start: number): Promise<Reading> {
  const { status, body } = await session.open({
    method: 'GET',
    at: `/v2/${session.repository}/blobs/${blob.digest}`,
    purpose: 'to read a blob',
    accept: start === 0 ? [200] : [200, 206],
    headers: start === 0 ? {} : { range: `bytes=${start}-` },
  });
  const parts = (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  const position = status === 206 ? start : 0;
  const reading: Reading = { body, parts, position, rest: new Uint8Array(), isTaken: false };
  // A registry that knows no ranges sends what we have once more.
  while (reading.position < start) await nextPart(session, blob, { from: reading, end: start });
  return reading;
}

async function nextPart(
  session: RegistrySession,
  blob: BlobName,
  { from, end }: { readonly from: Reading; readonly end: number },
): Promise<Uint8Array> {
  if (from.rest.length === 0) from.rest = await readPart(session, blob, from);
  const part = from.rest.subarray(0, end - from.position);
  from.rest = from.rest.subarray(part.length);
  from.position += part.length;
  return part;
}

async function readPart(session: RegistrySession, blob: BlobName, { parts }: Reading): Promise<Uint8Array> {
  const { registry, repository, credential, signal } = session;
  const next = await parts.next().catch((error: unknown) => {
    signal?.throwIfAborted();
    throw connectionError({ host: registry.host, repository, purpose: 'to read a blob', credential }, error);
  });
  if (next.done !== true) return next.value;
  throw integrityBroken(
    'registry.blob-damaged',
    `registry ${registry.host} has blob ${blob.digest} of ${repository} shorter than the ${blob.sizeBytes} bytes its manifest promises`,
    { hint: 'do not use this image: the registry has lost a part of it' },
  );
}
