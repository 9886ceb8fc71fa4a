import type { ServerResponse } from 'node:http';
import { renderError } from './ec2-answer.ts';

/** What goes wrong with one request. `after`: the request was carried out, and the reply is lost. */
export type Ec2Fault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly code: string;
      readonly message?: string;
      readonly retryAfter?: number;
    }
  | { readonly kind: 'reset'; readonly when: 'before' | 'after' }
  | { readonly kind: 'html'; readonly status: number }
  | { readonly kind: 'truncated' }
  | { readonly kind: 'silence' };

/** Whether the action is carried out before the fault strikes. */
export function happensAfter(fault: Ec2Fault): boolean {
  return (fault.kind === 'reset' && fault.when === 'after') || fault.kind === 'truncated';
}

export function strike(fault: Ec2Fault, response: ServerResponse, answer: string): void {
  switch (fault.kind) {
    case 'status':
      response.writeHead(fault.status, {
        'content-type': 'text/xml;charset=UTF-8',
        ...(fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) }),
      });
      response.end(renderError({ code: fault.code, message: fault.message ?? 'injected' }));
      return;
    case 'html':
      response.writeHead(fault.status, { 'content-type': 'text/html' });
      response.end(
        '<!DOCTYPE html><html><head><title>Proxy</title></head><body><p>Sign in</p></body></html>',
      );
      return;
    case 'reset':
      response.destroy();
      return;
    case 'truncated':
      response.writeHead(200, { 'content-type': 'text/xml', 'content-length': Buffer.byteLength(answer) });
      response.write(answer.slice(0, answer.length / 2), () => response.destroy());
      return;
    case 'silence':
      // Nothing is ever said; the server's close ends it.
      return;
  }
}
