import { type IncomingHttpHeaders, type IncomingMessage, request as openHttp } from 'node:http';
import { request as openHttps } from 'node:https';
import type { Readable } from 'node:stream';

/** The bytes of a request, made anew for each attempt. */
export interface RequestBody {
  readonly sizeBytes: number;
  readonly open: () => Promise<Readable>;
}

/** A request that has a body of no bytes, as registries want it to open something. */
export const EMPTY_BODY: RequestBody = {
  sizeBytes: 0,
  open: () => Promise.reject(new Error('there is no content')),
};

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: RequestBody | undefined;
  /** Milliseconds without a byte in either direction after which the exchange is given up. */
  readonly silenceMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Has to be read or destroyed. */
  readonly body: IncomingMessage;
}

/** The body of a request could not be read: that is not the server's fault. */
export class BodyFailure extends Error {
  override readonly name = 'BodyFailure';
}

/**
 * One request and the beginning of its reply. A server may answer before it has read the whole body. Throws
 * BodyFailure, the signal's reason, and whatever the connection failed with.
 */
export async function exchange(request: HttpRequest): Promise<HttpReply> {
  const { body, signal } = request;
  signal?.throwIfAborted();
  const content = body === undefined || body.sizeBytes === 0 ? undefined : await openBody(body);
  try {
    return await converse(request, content);
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    throw error;
  } finally {
    content?.destroy();
  }
}

async function openBody(body: RequestBody): Promise<Readable> {
  try {
    return await body.open();
  } catch (cause) {
    throw new BodyFailure('the content to send cannot be read', { cause });
  }
}

function converse(request: HttpRequest, content: Readable | undefined): Promise<HttpReply> {
  const { method, url, silenceMs, signal } = request;
  const open = url.protocol === 'https:' ? openHttps : openHttp;
  const length = request.body === undefined ? {} : { 'content-length': String(request.body.sizeBytes) };
  return new Promise((resolve, reject) => {
    const sent = open(url, {
      method,
      headers: { ...request.headers, ...length },
      ...(signal === undefined ? {} : { signal }),
    });
    sent.on('error', reject);
    sent.setTimeout(silenceMs, () => {
      sent.destroy(new Error(`no byte for ${silenceMs / 1000} s`));
    });
    sent.on('response', (body) => {
      // Without it a cut while nobody reads would end the process; the reader sees the error too.
      body.on('error', () => {});
      // Answered before it had read everything: the rest will not come, so the connection serves nobody any more.
      body.once('end', () => {
        if (!sent.writableFinished) sent.destroy();
      });
      resolve({ status: body.statusCode ?? 0, headers: body.headers, body });
    });
    if (content === undefined) {
      sent.end();
      return;
    }
    content.on('error', (cause) => {
      reject(new BodyFailure('the content to send cannot be read', { cause }));
      sent.destroy();
    });
    content.pipe(sent);
  });
}
