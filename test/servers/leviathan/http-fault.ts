import type { IncomingMessage, ServerResponse } from 'node:http';

/** What goes wrong with one HTTP request. */
export type HttpFault =
  /** That answer, nothing done. */
  | { readonly kind: 'answer'; readonly status: number; readonly body?: string; readonly type?: string }
  /** The connection is reset, nothing done. */
  | { readonly kind: 'cut' }
  /** All of it is done, the answer is lost. */
  | { readonly kind: 'cut-after-doing' }
  /** Nothing is read, done or answered, and the connection stays. */
  | { readonly kind: 'silence' }
  /** All of it is done, and nothing is answered. */
  | { readonly kind: 'silence-after-doing' }
  /** So many bytes of the answer, then a reset. */
  | { readonly kind: 'truncate'; readonly bytes: number }
  /** As usual, but only once this resolves. */
  | { readonly kind: 'wait'; readonly until: Promise<void> };

/** An answer made in memory. */
export interface HttpAnswer {
  readonly status: number;
  /** Null: the answer does not say. */
  readonly type: string | null;
  readonly body: string | Buffer;
}

export const textAnswer = (body: string, status = 200): HttpAnswer => ({
  status,
  type: 'text/html; charset=utf-8',
  body,
});

export const jsonAnswer = (body: unknown, status = 200): HttpAnswer => ({
  status,
  type: 'application/json; charset=utf-8',
  body: JSON.stringify(body),
});

export interface HttpExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Answers with what `answer` makes, as far as the fault lets it. */
export async function answerDisturbed(
  { request, response }: HttpExchange,
  fault: HttpFault | undefined,
  answer: () => Promise<HttpAnswer> | HttpAnswer,
): Promise<void> {
  if (fault?.kind === 'silence') return;
  if (fault?.kind === 'cut') return cut(request);
  if (fault?.kind === 'answer') {
    const { status, body = '', type = 'text/html' } = fault;
    return send(response, { status, type, body });
  }
  if (fault?.kind === 'wait') await fault.until;
  const made = await answer();
  if (fault?.kind === 'silence-after-doing') return;
  if (fault?.kind === 'cut-after-doing') return cut(request);
  if (fault?.kind === 'truncate') return sendPart(response, made, fault.bytes);
  send(response, made);
}

/** Resets the connection of a request. */
export function cut(request: IncomingMessage): void {
  request.socket.resetAndDestroy();
}

function send(response: ServerResponse, { status, type, body }: HttpAnswer): void {
  response.writeHead(status, headersOf(type, body));
  response.end(body);
}

function sendPart(response: ServerResponse, { status, type, body }: HttpAnswer, bytes: number): void {
  response.writeHead(status, headersOf(type, body));
  response.write(Buffer.from(body).subarray(0, bytes), () => response.socket?.destroy());
}

const headersOf = (type: string | null, body: string | Buffer) => ({
  ...(type === null ? {} : { 'content-type': type }),
  'content-length': Buffer.byteLength(body),
});
