import type { IncomingHttpHeaders } from 'node:http';
import type { Account } from './balena-world.ts';
import { UnreadableBody } from './server-refusals.ts';

export interface ApiRequest {
  readonly method: string;
  /** Decoded, without query: `/v7/release(8)`. */
  readonly path: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Who asks; undefined for nobody: no token, or one that the server does not know. */
  readonly account: Account | undefined;
}

/** An answer; a body that is no buffer goes out as JSON, no body as nothing at all. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Answers the requests it knows, undefined for all others. */
export type Route = (request: ApiRequest) => Promise<ApiAnswer | undefined>;

/** The body as JSON; an empty object when there is none. Throws `UnreadableBody`. */
export function jsonOf({ body }: ApiRequest): Record<string, unknown> {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8')) as Record<string, unknown>;
  } catch {
    throw new UnreadableBody();
  }
}
