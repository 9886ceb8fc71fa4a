import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiAnswer } from './api-answer.ts';
import type { Fault } from './faults.ts';

const RATE_LIMIT = { 'x-ratelimit-limit': '5000', 'x-ratelimit-remaining': '4999' };

/** Sends an answer with ETag, Link and rate limit, or what a fault leaves of it. Returns the status. */
export function sendAnswer(
  { status, body, hasNext }: ApiAnswer,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fault?: Fault,
): number {
  if (fault?.kind === 'lost-answer') {
    incoming.socket.destroy();
    return 0;
  }
  const text = JSON.stringify(body);
  const isRead = incoming.method === 'GET' && status === 200;
  const etag = `W/"${createHash('sha256').update(text).digest('hex')}"`;
  const headers = {
    ...RATE_LIMIT,
    'content-type': 'application/json; charset=utf-8',
    ...(isRead ? { etag } : {}),
    ...(hasNext === true ? { link: nextLink(incoming) } : {}),
  };
  if (isRead && incoming.headers['if-none-match'] === etag) {
    outgoing.writeHead(304, headers).end();
    return 304;
  }
  const bytes = Buffer.from(text);
  outgoing.writeHead(status, { ...headers, 'content-length': bytes.length });
  const middle = Math.floor(bytes.length / 2);
  switch (fault?.kind) {
    case 'truncated':
      outgoing.write(bytes.subarray(0, middle), () => incoming.socket.destroy());
      return status;
    case 'silence':
      outgoing.write(bytes.subarray(0, middle));
      return status;
    case 'slow':
      outgoing.write(bytes.subarray(0, middle), () => {
        setImmediate(() => outgoing.end(bytes.subarray(middle)));
      });
      return status;
    default:
      outgoing.end(bytes);
      return status;
  }
}

function nextLink(incoming: IncomingMessage): string {
  const url = new URL(incoming.url ?? '/', `http://${incoming.headers.host}`);
  url.searchParams.set('page', `${Number(url.searchParams.get('page') ?? 1) + 1}`);
  return `<${url}>; rel="next", <${url}>; rel="last"`;
}
