import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { createRequestFaults, type RequestFaults } from '../request-faults.ts';
import { answerCore } from './core-routes.ts';
import { type CoreOptions, type CoreUpload, type CoreWorld, createCoreWorld } from './core-world.ts';
import type { FrameFaultRule } from './frame-fault.ts';
import { answerDisturbed, cut, type HttpExchange, type HttpFault } from './http-fault.ts';
import type { MachineState } from './machine-state.ts';
import { passingSuite } from './scripted-suites.ts';
import { type CoreSocket, cutSocket, serveStart } from './start-route.ts';
import type { SuiteRun, SuiteScript } from './suite-child.ts';
import { answerUpload } from './upload-route.ts';
import { createWatchers } from './watchers.ts';

export interface LoggedCall {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

export interface LeviathanCore {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** Every request and upgrade so far, also those that failed. */
  readonly requests: readonly LoggedCall[];
  readonly uploads: readonly CoreUpload[];
  /** What lies in its /data, by path. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Every suite that was started. */
  readonly runs: readonly SuiteRun[];
  /** Open websockets, the oldest first. */
  sockets(): readonly CoreSocket[];
  state(): MachineState;
  /** Resolves when that is so; asked again after every change. */
  until(isSo: () => boolean): Promise<void>;
  /** What the next run is. */
  setSuite(script: SuiteScript): void;
  readonly fail: RequestFaults<HttpFault>['fail'];
  readonly disturb: (rule: FrameFaultRule) => void;
  /** Neither a ping nor a frame from now on; connections stay. */
  quiet(): void;
  /** As SIGKILL. Suites that run are orphaned. */
  kill(): Promise<void>;
  /** Stops what still runs, too. */
  close(): Promise<void>;
}

interface Serving {
  readonly world: CoreWorld;
  readonly requests: LoggedCall[];
  readonly faults: RequestFaults<HttpFault>;
  readonly webSockets: WebSocketServer;
  readonly open: Map<WebSocket, CoreSocket>;
}

/** A Leviathan core on loopback that plays suites instead of running them. */
export async function startLeviathanCore(options: CoreOptions = {}): Promise<LeviathanCore> {
  const watchers = createWatchers();
  const world = createCoreWorld(options.suite ?? passingSuite(), options, watchers.changed);
  const serving: Serving = {
    world,
    requests: [],
    faults: createRequestFaults<HttpFault>(),
    webSockets: new WebSocketServer({ noServer: true, perMessageDeflate: false }),
    open: new Map(),
  };
  const server = createServer((request, response) => {
    answer(serving, { request, response }).catch(() => response.destroy());
  });
  server.on('upgrade', (request, socket, head) => upgrade(serving, { request, socket, head }));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: serving.requests,
    uploads: world.uploads,
    files: world.files,
    runs: world.runs,
    sockets: () => [...serving.open.values()],
    state: world.machine.get,
    until: watchers.until,
    setSuite: (script) => {
      world.script = script;
    },
    fail: serving.faults.fail,
    disturb: world.frameFaults.disturb,
    quiet: () => {
      world.isQuiet = true;
    },
    kill: () => end(serving, server),
    close: async () => {
      world.stopAll();
      await end(serving, server);
    },
  };
}

async function answer({ world, requests, faults }: Serving, exchange: HttpExchange): Promise<void> {
  const { request } = exchange;
  const call = callOf(request);
  requests.push(call);
  world.changed();
  const fault = faults.next(call);
  const path = call.path.split('?')[0] ?? '';
  const isUpload = call.method === 'POST' && path === '/upload';
  if (isUpload && fault?.kind !== 'answer' && fault?.kind !== 'cut' && fault?.kind !== 'silence') {
    return answerUpload(world, exchange, fault);
  }
  await answerDisturbed(exchange, fault, () => answerCore(world, call.method, path));
}

interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

function upgrade({ world, requests, faults, webSockets, open }: Serving, { request, socket, head }: Upgrade) {
  const call = callOf(request);
  requests.push(call);
  const fault = faults.next(call);
  const isStart = call.path.split('?')[0] === '/start';
  if (fault?.kind === 'silence') return;
  if (fault?.kind === 'cut') return cut(request);
  if (!isStart || fault?.kind === 'answer') {
    const status = fault?.kind === 'answer' ? fault.status : 404;
    return socket.end(`HTTP/1.1 ${status} Refused\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  }
  webSockets.handleUpgrade(request, socket, head, (client) => {
    const isReconnect = call.path.split('?')[1] === 'reconnect';
    const kind = world.suite !== null && isReconnect ? 'spare' : 'first';
    open.set(client, { kind, cut: () => cutSocket(client) });
    client.once('close', () => {
      open.delete(client);
      world.changed();
    });
    world.changed();
    void serveStart(world, client, isReconnect);
  });
}

const callOf = ({ method = '', url = '', headers }: IncomingMessage): LoggedCall => ({
  method,
  path: url,
  headers,
});

async function end({ world, webSockets, open }: Serving, server: Server): Promise<void> {
  world.machine.end();
  for (const client of open.keys()) cutSocket(client);
  webSockets.close();
  await new Promise<void>((closed) => {
    server.close(() => closed());
    server.closeAllConnections();
  });
}
