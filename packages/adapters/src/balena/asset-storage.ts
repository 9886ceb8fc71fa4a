import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { BodyFailure, exchange, type HttpReply, type RequestBody } from '../http-exchange.ts';
import { readStart } from '../read-reply.ts';
import { fileShrank } from './asset-errors.ts';
import { type AssetPart, readStretch } from './asset-parts.ts';
import { judgeStorageAnswer, judgeStorageSilence, type StorageFailure } from './asset-storage-failures.ts';

const ERROR_TEXT_BYTES = 16_384;

export type PartSent =
  | {
      readonly kind: 'sent';
      /** As the header has it, quotes included. */
      readonly etag: string;
      /** Lower-case hex MD5 of what arrived; null where the ETag is something else. */
      readonly md5: string | null;
    }
  | StorageFailure;

export type ContentRead = { readonly kind: 'read'; readonly sizeBytes: number } | StorageFailure;

export interface StorageCall {
  /** Presigned: a secret, which never appears in a message. */
  readonly url: string;
  /** Milliseconds without a byte in either direction after which the exchange counts as broken. */
  readonly silenceMs: number;
  readonly signal: AbortSignal;
}

export interface SendPartCall extends StorageCall {
  /** Absolute path. */
  readonly file: string;
  readonly part: AssetPart;
}

/**
 * Puts a stretch of a file to a presigned address, a mebibyte in memory at a time. The address carries its
 * own signature over host and length: further headers, a bearer above all, would break it or give the key
 * away. Answers what went wrong with the store; throws the signal's reason and what the file system throws.
 */
export async function sendPart(call: SendPartCall): Promise<PartSent> {
  const handle = await open(call.file, 'r');
  try {
    const answer = await talk(call, {
      method: 'PUT',
      body: {
        sizeBytes: call.part.sizeBytes,
        open: async () => Readable.from(readPart(handle, call), { objectMode: false }),
      },
      read: readText,
    });
    if (answer.kind === 'failed') return answer;
    const { reply, value: text } = answer;
    const { etag } = reply.headers;
    return reply.status === 200 && etag !== undefined
      ? { kind: 'sent', etag, md5: plainMd5(reply) }
      : judgeStorageAnswer(call.url, { ...reply, text });
  } finally {
    await handle.close();
  }
}

/**
 * Reads a stored content as a consumer does and hands out its chunks. A body that ends before its announced
 * length is a failure. Throws the signal's reason.
 */
export async function readContent(
  call: StorageCall,
  onChunk: (chunk: Uint8Array) => void,
): Promise<ContentRead> {
  const answer = await talk(call, {
    method: 'GET',
    read: async (reply) => {
      if (reply.status !== 200) return { text: await readText(reply), sizeBytes: 0 };
      let sizeBytes = 0;
      for await (const chunk of reply.body as AsyncIterable<Uint8Array>) {
        sizeBytes += chunk.length;
        onChunk(chunk);
      }
      return { text: '', sizeBytes };
    },
  });
  if (answer.kind === 'failed') return answer;
  const { reply, value } = answer;
  return reply.status === 200
    ? { kind: 'read', sizeBytes: value.sizeBytes }
    : judgeStorageAnswer(call.url, { ...reply, text: value.text });
}

interface Exchange<Value> {
  readonly method: 'PUT' | 'GET';
  readonly body?: RequestBody;
  readonly read: (reply: HttpReply) => Promise<Value>;
}

type Exchanged<Value> =
  | { readonly kind: 'answered'; readonly reply: HttpReply; readonly value: Value }
  | StorageFailure;

async function talk<Value>(
  { url, silenceMs, signal }: StorageCall,
  { method, body, read }: Exchange<Value>,
): Promise<Exchanged<Value>> {
  try {
    const reply = await exchange({ method, url: new URL(url), headers: {}, body, silenceMs, signal });
    return { kind: 'answered', reply, value: await read(reply) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof BodyFailure) throw error.cause;
    return judgeStorageSilence(url, error);
  }
}

async function* readPart(handle: FileHandle, { file, part, signal }: SendPartCall): AsyncGenerator<Buffer> {
  let readBytes = 0;
  for await (const chunk of readStretch(handle, part, signal)) {
    readBytes += chunk.length;
    // The connection may hold on to a chunk for longer than the next one takes to be read.
    yield Buffer.from(chunk);
  }
  if (readBytes < part.sizeBytes) throw fileShrank(file);
}

/** The first kilobytes of an answer: an error document, or a page of something in between. */
async function readText({ body }: HttpReply): Promise<string> {
  return (await readStart(body, ERROR_TEXT_BYTES)).toString('utf8');
}

/**
 * The MD5 that an ETag is: 32 hex digits, unless the store encrypts with keys of its own service or of the
 * customer, where the ETag looks the same and is none.
 */
function plainMd5({ headers }: HttpReply): string | null {
  const isKeyed =
    String(headers['x-amz-server-side-encryption'] ?? '').startsWith('aws:kms') ||
    headers['x-amz-server-side-encryption-customer-algorithm'] !== undefined;
  if (isKeyed) return null;
  return /^"?([0-9a-f]{32})"?$/i.exec(headers.etag ?? '')?.[1]?.toLowerCase() ?? null;
}
