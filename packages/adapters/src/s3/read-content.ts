import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { type Clock, type FetchFileRequest, integrityBroken, type ReadDigest } from '@osrel/core';
import { explainFailure } from './explain-failure.ts';
import {
  isNoSuchBucket,
  isNotFound,
  isPreconditionFailed,
  isTransient,
  UnreadableReply,
} from './s3-errors.ts';
import type { S3Session } from './send-request.ts';
import { plainEtag, quotedEtag, SHA256_METADATA } from './stored-metadata.ts';

/** A content that is being read. */
interface OpenContent {
  readonly etag: string;
  readonly sizeBytes: number;
  /** Of the whole, as osrel noted it when it wrote the object; null where it did not. */
  readonly sha256: string | null;
  readonly chunks: AsyncIterable<Uint8Array>;
}

interface ContentRequest {
  readonly key: string;
  readonly signal?: AbortSignal | undefined;
}

/** Connections that may break one after the other without a byte in between. */
const CUTS = 5;
const CUT_DELAY_MS = 200;

export type ContentReader = ReturnType<typeof createContentReader>;

/** Reads whole objects; a connection that breaks is opened again where it broke, for the same content only. */
export function createContentReader(session: S3Session, clock: Clock, random: () => string) {
  return {
    /** @throws upstream when what came is not what was written */
    readText: async (key: string): Promise<{ readonly text: string; readonly etag: string } | undefined> => {
      const content = await openContent(session, clock, { key });
      if (content === undefined) return undefined;
      const chunks: Uint8Array[] = [];
      for await (const chunk of content.chunks) chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      if (content.sha256 !== null && content.sha256 !== sha256) {
        throw differs(session, key, `it was written with sha256 ${content.sha256} and reads as ${sha256}`);
      }
      return { text: bytes.toString('utf8'), etag: content.etag };
    },
    readDigest: async (key: string, signal?: AbortSignal): Promise<ReadDigest | undefined> => {
      const content = await openContent(session, clock, { key, signal });
      if (content === undefined) return undefined;
      const hash = createHash('sha256');
      let sizeBytes = 0;
      for await (const chunk of content.chunks) {
        hash.update(chunk);
        sizeBytes += chunk.length;
      }
      return { sizeBytes, sha256: hash.digest('hex') };
    },
    fetchFile: async (request: FetchFileRequest): Promise<void> => {
      const { key, file, signal } = request;
      const content = await openContent(session, clock, { key, signal });
      if (content === undefined) throw differs(session, key, 'it is not there');
      if (content.sizeBytes !== request.sizeBytes) {
        throw differs(session, key, `it has ${content.sizeBytes} bytes instead of ${request.sizeBytes}`);
      }
      const temporary = `${file}.osrel-${random()}.tmp`;
      try {
        const sha256 = await writeChunks(temporary, content.chunks);
        if (sha256 !== request.sha256) {
          throw differs(session, key, `its sha256 is ${sha256} instead of ${request.sha256}`);
        }
        await rename(temporary, file);
      } finally {
        await rm(temporary, { force: true });
      }
    },
  };
}

async function writeChunks(path: string, chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  const handle = await open(path, 'wx');
  try {
    for await (const chunk of chunks) {
      hash.update(chunk);
      await handle.writeFile(chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return hash.digest('hex');
}

function differs({ bucket }: S3Session, key: string, how: string) {
  return integrityBroken(
    'store.content-differs',
    `"${key}" in bucket "${bucket}" is not what it should be: ${how}`,
    {
      hint: 'somebody changed or removed it in the store; publish it again from the built files',
      details: { key },
    },
  );
}

async function openContent(
  session: S3Session,
  clock: Clock,
  request: ContentRequest,
): Promise<OpenContent | undefined> {
  try {
    const reply = await getFrom(session, request, null);
    const content = {
      etag: plainEtag(reply.ETag ?? ''),
      sizeBytes: reply.ContentLength ?? 0,
      sha256: reply.Metadata?.[SHA256_METADATA] ?? null,
    };
    return { ...content, chunks: readOn(session, clock, { request, first: reply, ...content }) };
  } catch (error) {
    if (isNotFound(error) && !isNoSuchBucket(error)) return undefined;
    throw error;
  }
}

interface Position {
  readonly etag: string;
  readonly fromByte: number;
}

function getFrom(
  session: S3Session,
  { key, signal }: ContentRequest,
  position: Position | null,
): Promise<GetObjectCommandOutput> {
  return session.send({
    action: 's3:GetObject',
    key,
    signal,
    // Only a continued read has a condition.
    expects: (error) =>
      (position !== null && isPreconditionFailed(error)) || (isNotFound(error) && !isNoSuchBucket(error)),
    call: async ({ client, sdk }, abortSignal) => {
      const reply = await client.send(
        new sdk.GetObjectCommand({
          Bucket: session.bucket,
          Key: key,
          ...(position === null
            ? {}
            : { IfMatch: quotedEtag(position.etag), Range: `bytes=${position.fromByte}-` }),
        }),
        abortSignal === undefined ? {} : { abortSignal },
      );
      if (reply.ETag === undefined || reply.ContentLength === undefined) {
        throw new UnreadableReply('the answer has no ETag or no length');
      }
      return reply;
    },
  });
}

interface Reading {
  readonly request: ContentRequest;
  readonly first: GetObjectCommandOutput;
  readonly etag: string;
  readonly sizeBytes: number;
}

async function* readOn(
  session: S3Session,
  clock: Clock,
  { request, first, etag, sizeBytes }: Reading,
): AsyncGenerator<Uint8Array> {
  let reply = first;
  let fromByte = 0;
  for (let cuts = 0; ; ) {
    try {
      for await (const chunk of bodyOf(reply)) {
        fromByte += chunk.length;
        cuts = 0;
        yield chunk;
      }
      if (fromByte >= sizeBytes) break;
      throw new UnreadableReply(`the content ends after ${fromByte} of ${sizeBytes} bytes`);
    } catch (error) {
      request.signal?.throwIfAborted();
      cuts += 1;
      if (cuts >= CUTS || !isTransient(error)) {
        throw explainFailure(error, {
          action: 's3:GetObject',
          bucket: session.bucket,
          key: request.key,
          server: null,
        });
      }
      await clock.sleep(CUT_DELAY_MS * 2 ** (cuts - 1), request.signal);
      if (fromByte >= sizeBytes) break;
      reply = await continueAt(session, request, { etag, fromByte });
    }
  }
  if (fromByte !== sizeBytes) {
    throw differs(session, request.key, `${fromByte} bytes came instead of ${sizeBytes}`);
  }
}

async function continueAt(
  session: S3Session,
  request: ContentRequest,
  position: Position,
): Promise<GetObjectCommandOutput> {
  try {
    const reply = await getFrom(session, request, position);
    if (reply.ContentRange?.startsWith(`bytes ${position.fromByte}-`) === true) return reply;
  } catch (error) {
    if (!isPreconditionFailed(error) && !isNotFound(error)) throw error;
  }
  throw differs(session, request.key, 'it changed while it was read');
}

/** Bytes of the body; an early end or a cut connection throws. */
async function* bodyOf({ Body }: GetObjectCommandOutput): AsyncGenerator<Uint8Array> {
  if (!(Body instanceof Readable)) return;
  for await (const chunk of Body) yield Buffer.from(chunk);
}
