import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequestFaults, type RequestFaults } from '../request-faults.ts';
import { accountRoutes } from './account-routes.ts';
import type { ApiAnswer, ApiRequest, Route } from './api-route.ts';
import { assetRoutes } from './asset-routes.ts';
import type { Fault } from './balena-fault.ts';
import { type BalenaWorld, createBalenaWorld, type WorldOptions } from './balena-world.ts';
import { configRoutes } from './config-routes.ts';
import { resourceRoutes } from './resource-routes.ts';
import { addOrganization } from './seed-world.ts';
import { sendAnswer, sendFault } from './send-answer.ts';
import { UnreadableBody } from './server-refusals.ts';

export interface LoggedRequest {
  readonly method: string;
  /** Decoded, with its query. */
  readonly path: string;
  readonly authorized: boolean;
}

export interface BalenaApiServer {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** A key that may do everything. */
  readonly token: string;
  readonly world: BalenaWorld;
  /** Every request so far, also those that failed. */
  readonly requests: readonly LoggedRequest[];
  readonly fail: RequestFaults<Fault>['fail'];
  /** Calls back for each request from now on when it has arrived with its body, before anything is done. */
  onRequest(listener: (request: LoggedRequest, body: Buffer) => void): void;
  close(): Promise<void>;
}

const TOKEN = 'key-of-the-operator-1234';
const OPERATOR = 2;

/**
 * A balena API on loopback, with the rules and the answers of the recorded one. It starts with the organization
 * `admin` and one key, and forgets everything when it ends.
 */
export async function startBalenaApi(options: WorldOptions = {}): Promise<BalenaApiServer> {
  const world = createBalenaWorld(options);
  world.accounts.set(TOKEN, { id: OPERATOR, username: 'admin', grants: 'write' });
  addOrganization(world, 'admin');
  const routes = [assetRoutes(world), accountRoutes(world), configRoutes(world), resourceRoutes(world)];
  const faults = createRequestFaults<Fault>();
  const requests: LoggedRequest[] = [];
  const listeners: ((request: LoggedRequest, body: Buffer) => void)[] = [];
  const server = createServer((request, response) => {
    answer({ world, routes, faults, requests, listeners }, { request, response }).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: TOKEN,
    world,
    requests,
    fail: faults.fail,
    onRequest: (listener) => {
      listeners.push(listener);
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

interface Serving {
  readonly world: BalenaWorld;
  readonly routes: readonly Route[];
  readonly faults: RequestFaults<Fault>;
  readonly requests: LoggedRequest[];
  readonly listeners: readonly ((request: LoggedRequest, body: Buffer) => void)[];
}

async function answer(
  { world, routes, faults, requests, listeners }: Serving,
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
): Promise<void> {
  const asked = await readRequest(world, request);
  const { method, path, url, account } = asked;
  const logged = { method, path: path + decodeURIComponent(url.search), authorized: account !== undefined };
  requests.push(logged);
  for (const listen of listeners) listen(logged, asked.body);
  const fault = faults.next(logged);
  const work = () => carryOut(routes, asked);
  if (fault === undefined) sendAnswer(response, await work());
  else await sendFault(response, fault, work);
}

async function carryOut(routes: readonly Route[], request: ApiRequest): Promise<ApiAnswer> {
  try {
    for (const route of routes) {
      const answered = await route(request);
      if (answered !== undefined) return answered;
    }
    return { status: 404 };
  } catch (error) {
    if (!(error instanceof UnreadableBody)) throw error;
    const headers = { 'content-type': 'text/html; charset=utf-8' };
    return { status: 400, headers, body: Buffer.from('<!DOCTYPE html><pre>Bad Request</pre>') };
  }
}

async function readRequest(world: BalenaWorld, request: IncomingMessage): Promise<ApiRequest> {
  const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const key = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  return {
    method: request.method ?? 'GET',
    path: decodeURIComponent(url.pathname),
    url,
    headers: request.headers,
    body: Buffer.concat(chunks),
    account: key === undefined ? undefined : world.accounts.get(key),
  };
}
