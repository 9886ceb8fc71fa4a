import type { ServerResponse } from 'node:http';
import type { ApiAnswer } from './api-route.ts';
import type { Fault } from './balena-fault.ts';

const PAGE = '<!DOCTYPE html><html><head><title>Gateway</title></head><body>Please log in.</body></html>';

/** Sends the answer. */
export function sendAnswer(response: ServerResponse, answer: ApiAnswer): void {
  const { bytes, headers } = encode(answer);
  response.writeHead(answer.status, headers).end(bytes);
}

/** Does to the answer what the fault says; `process` does the request and is called only when the fault lets it. */
export async function sendFault(
  response: ServerResponse,
  fault: Fault,
  process: () => Promise<ApiAnswer>,
): Promise<void> {
  switch (fault.kind) {
    case 'status':
      return sendAnswer(response, { status: fault.status, headers: fault.headers ?? {}, body: fault.body });
    case 'html':
      response.writeHead(fault.status, { 'content-type': 'text/html' }).end(PAGE);
      return;
    case 'reset-before':
      response.destroy();
      return;
    case 'reset-after':
      await process();
      response.destroy();
      return;
    case 'truncated': {
      const answer = await process();
      const { bytes, headers } = encode({ ...answer, body: answer.body ?? 'OK' });
      response.writeHead(answer.status, headers);
      response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy());
      return;
    }
    case 'slow': {
      const answer = await process();
      const { bytes, headers } = encode(answer);
      response.writeHead(answer.status, headers);
      for (const byte of bytes) {
        await new Promise<void>((written) => response.write(Buffer.of(byte), () => setImmediate(written)));
      }
      response.end();
      return;
    }
    default:
      return;
  }
}

function encode({ body, headers = {} }: ApiAnswer): { bytes: Buffer; headers: Record<string, string> } {
  if (body === undefined) return { bytes: Buffer.alloc(0), headers: { ...headers, 'content-length': '0' } };
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  const type = Buffer.isBuffer(body) ? 'application/octet-stream' : 'application/json; charset=utf-8';
  return { bytes, headers: { 'content-type': type, ...headers, 'content-length': String(bytes.length) } };
}
