import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequestFaults, type RequestFaultRule } from '../request-faults.ts';
import { blobContent, callManifest, type ReadRules, readBlob } from './content-routes.ts';
import { complaint, type RegistryAnswer, type RegistryCall } from './registry-answer.ts';
import type { RegistryFault } from './registry-fault.ts';
import { createRegistryState, type RegistryState } from './registry-state.ts';
import { createRegistryTokens, type RegistryDoor, type RegistryTokens } from './registry-tokens.ts';
import { callUpload, openUpload, type UploadRules } from './upload-routes.ts';

export interface RegistryOptions extends Partial<UploadRules>, Partial<Omit<ReadRules, 'storage'>> {
  readonly login?: { readonly user: string; readonly password: string };
  readonly scheme?: RegistryDoor['scheme'];
  /** Blobs are read from another address, with a signature and without a token. */
  readonly blobsElsewhere?: boolean;
}

export interface SeenRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Bytes of the body that arrived. */
  readonly bodyBytes: number;
}

/** A registry of the OCI distribution protocol in memory. */
export interface RegistryServer {
  readonly url: string;
  /** As image references name it. */
  readonly host: string;
  readonly state: RegistryState;
  readonly tokens: RegistryTokens;
  /** In order of arrival; the token server's are not among them. */
  readonly requests: SeenRequest[];
  readonly fail: (rule: RequestFaultRule<RegistryFault>) => void;
  /** Nothing fails any longer. */
  readonly heal: () => void;
  /** Called for each request before it is answered. */
  onRequest: (request: SeenRequest) => void;
  readonly close: () => Promise<void>;
}

/** Starts it on a free port of 127.0.0.1. */
export async function startRegistry(options: RegistryOptions = {}): Promise<RegistryServer> {
  const state = createRegistryState();
  const faults = createRequestFaults<RegistryFault>();
  const door = { scheme: options.scheme ?? 'bearer', ...(options.login && { login: options.login }) };
  const tokens = createRegistryTokens(door);
  const server = createServer((request, response) => {
    void serve(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const route = createRoutes(state, tokens, { ...options, port });
  const registry: RegistryServer = {
    url,
    host: `127.0.0.1:${port}`,
    state,
    tokens,
    requests: [],
    fail: faults.fail,
    heal: faults.heal,
    onRequest: () => {},
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', socket } = request;
    const fault = path.startsWith('/token') ? undefined : faults.next({ method, path });
    const cutAfter = fault?.kind === 'reset-in-body' ? fault.afterBytes : Number.POSITIVE_INFINITY;
    const { body, isCut } =
      fault?.kind === 'reset-before' || fault?.kind === 'early' ? NOTHING : await readBody(request, cutAfter);
    const seen = { method, path, bodyBytes: body.length };
    if (!path.startsWith('/token')) registry.requests.push(seen);
    registry.onRequest(seen);
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'reset-before') return void socket.destroy();
    const page = fault === undefined ? undefined : insteadOfAnswer(fault);
    const sent = fault?.kind === 'changed-byte' && body.length > 0 ? changeLastByte(body) : body;
    const call = { method, url: new URL(path, url), headers: request.headers, body: sent, isCut };
    const answer = page ?? route(call);
    if (isCut || fault?.kind === 'reset-after') return void socket.destroy();
    reply(response, answer, { isHead: method === 'HEAD', fault });
  }
  return registry;
}

const NOTHING = { body: Buffer.alloc(0), isCut: false };

function createRoutes(
  state: RegistryState,
  tokens: RegistryTokens,
  options: RegistryOptions & { readonly port: number },
) {
  const { port, cutChunks = 'kept', smallestChunk = 0, ranges = 'kept', manifestLag = 0 } = options;
  const uploads: UploadRules = { cutChunks, smallestChunk };
  // Another name of the same machine is another origin.
  const storage = options.blobsElsewhere === true ? `http://localhost:${port}/storage` : null;
  const reads: ReadRules = { ranges, storage, manifestLag };
  const hidden = new Map<string, number>();
  const lag = (digest: string) => {
    const left = hidden.get(digest) ?? manifestLag;
    hidden.set(digest, left - 1);
    return left > 0;
  };
  return (call: RegistryCall): RegistryAnswer => {
    const { pathname } = call.url;
    if (pathname === '/token') return tokens.issue(call);
    const stored = /^\/storage\/(.+)$/.exec(pathname)?.[1];
    if (stored !== undefined) return readStorage(state, reads, stored, call);
    const match = /^\/v2\/(.+)\/(blobs\/uploads|blobs|manifests)\/([^/]*)$/.exec(pathname);
    const [, name = '', kind, last = ''] = match ?? [];
    if (kind === undefined) return complaint(404, 'UNSUPPORTED');
    const refusal = tokens.refuse(call, name, `http://127.0.0.1:${port}/token`);
    if (refusal !== undefined) return refusal;
    if (kind === 'manifests') return callManifest(state, lag, { name, reference: last }, call);
    if (kind === 'blobs') return readBlob(state, reads, { name, digest: last }, call);
    return last === '' ? openUpload(state, uploads, name, call) : callUpload(state, uploads, last, call);
  };
}

/** As a cloud's storage does it: a signed address and a token besides are one too many. */
function readStorage(state: RegistryState, rules: ReadRules, digest: string, call: RegistryCall) {
  const content = state.blobs.get(digest);
  const isSigned = call.url.searchParams.get('X-Signature') === 'secret';
  if (content === undefined || !isSigned || call.headers.authorization !== undefined)
    return { status: 400, body: 'one way to authorize is needed' };
  return blobContent(rules, { content, digest }, call);
}

async function readBody(request: IncomingMessage, cutAfter: number) {
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      parts.push(part);
      length += part.length;
      if (length >= cutAfter) return { body: Buffer.concat(parts).subarray(0, cutAfter), isCut: true };
    }
    return { body: Buffer.concat(parts), isCut: false };
  } catch {
    // The client went away.
    return { body: Buffer.concat(parts), isCut: true };
  }
}

function insteadOfAnswer(fault: RegistryFault): RegistryAnswer | undefined {
  if (fault.kind === 'status') return fault;
  if (fault.kind === 'early') return { status: fault.status };
  if (fault.kind !== 'html') return undefined;
  const body = '<!doctype html><title>Sign in</title>';
  return { status: fault.status, headers: { 'content-type': 'text/html; charset=utf-8' }, body };
}

function changeLastByte(body: Buffer): Buffer {
  const changed = Buffer.from(body);
  changed.writeUInt8(changed.readUInt8(body.length - 1) ^ 1, body.length - 1);
  return changed;
}

function reply(
  response: ServerResponse,
  { status, headers, body = '' }: RegistryAnswer,
  { isHead, fault }: { readonly isHead: boolean; readonly fault: RegistryFault | undefined },
): void {
  const whole = Buffer.from(body);
  const content = fault?.kind === 'changed-byte' && whole.length > 0 ? changeLastByte(whole) : whole;
  const length = status === 204 ? {} : { 'content-length': content.length };
  response.writeHead(status, { ...headers, ...length });
  if (isHead || status === 204) response.end();
  else if (fault?.kind === 'cut-reply')
    response.write(content.subarray(0, fault.afterBytes), () => response.destroy());
  else response.end(content);
}
