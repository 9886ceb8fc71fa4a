import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { exchange, type HttpRequest, type HttpReply as OpenReply } from '../http-exchange.ts';
import { readBytes } from '../read-reply.ts';

export interface HttpCall extends Omit<HttpRequest, 'body'> {
  readonly body?: Uint8Array | undefined;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/**
 * One request and its whole reply as text. Redirects are replies like any other. Throws the signal's reason, and
 * whatever the connection failed with: it does not tell whether the server has done what it was asked for.
 */
export async function callHttp({ body, ...call }: HttpCall): Promise<HttpReply> {
  const {
    status,
    headers,
    body: answer,
  } = await exchange({
    ...call,
    headers: { 'accept-encoding': 'gzip', ...call.headers },
    body:
      body === undefined ? undefined : { sizeBytes: body.length, open: async () => Readable.from([body]) },
  });
  try {
    return { status, headers, text: (await unpack(answer)).toString('utf8') };
  } catch (error) {
    call.signal?.throwIfAborted();
    throw error;
  }
}

function unpack(answer: OpenReply['body']): Promise<Buffer> {
  if (answer.headers['content-encoding'] !== 'gzip') return readBytes(answer);
  return pipeline(answer, createGunzip(), (unpacked: AsyncIterable<Uint8Array>) => readBytes(unpacked));
}
