import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createRequestFaults, type RequestFaults } from '../request-faults.ts';
import { answerDisturbed, type HttpExchange, type HttpFault } from './http-fault.ts';
import type { LoggedCall } from './start-leviathan-core.ts';
import { createWatchers } from './watchers.ts';
import { answerWorker, assembleImage, type WorkerPlace } from './worker-routes.ts';
import { createWorkerState, type WorkerOptions } from './worker-state.ts';

export interface LeviathanWorker {
  /** `http://127.0.0.1:<port>`, or https with `tls`. */
  readonly url: string;
  readonly requests: readonly LoggedCall[];
  state(): 'IDLE' | 'BUSY';
  power(): 'on' | 'off';
  /** How many were answered OK. */
  readonly starts: number;
  readonly teardowns: number;
  readonly heartbeats: number;
  /** How often it freed itself. */
  readonly expiries: number;
  /** What /dut/sendImage brought, put together. */
  readonly image: Buffer | null;
  /** Another client reserves it. */
  occupy(): void;
  /** Another client frees it, or whoever has it. */
  free(): void;
  /** The time without a heartbeat is over now. */
  expireHeartbeat(): void;
  until(isSo: () => boolean): Promise<void>;
  readonly fail: RequestFaults<HttpFault>['fail'];
  /** Forgets all faults. */
  readonly heal: () => void;
  /** As when the rig loses power. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

interface Serving {
  readonly place: WorkerPlace;
  readonly requests: LoggedCall[];
  readonly faults: RequestFaults<HttpFault>;
  readonly changed: () => void;
}

/** A Leviathan worker on loopback whose rig is made of words. */
export async function startLeviathanWorker(options: WorkerOptions = {}): Promise<LeviathanWorker> {
  const watchers = createWatchers();
  const state = createWorkerState(options, watchers.changed);
  const serving: Serving = {
    place: { state, options, chunks: new Map() },
    requests: [],
    faults: createRequestFaults<HttpFault>(),
    changed: watchers.changed,
  };
  const serve = (exchange: HttpExchange) => {
    answer(serving, exchange).catch(() => exchange.response.destroy());
  };
  const server =
    options.tls === undefined
      ? createServer((request, response) => serve({ request, response }))
      : createTlsServer(options.tls, (request, response) => serve({ request, response }));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const close = () => {
    state.end();
    return new Promise<void>((closed) => {
      server.close(() => closed());
      server.closeAllConnections();
    });
  };
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    requests: serving.requests,
    state: state.state,
    power: state.power,
    get starts() {
      return state.counts.starts;
    },
    get teardowns() {
      return state.counts.teardowns;
    },
    get heartbeats() {
      return state.counts.heartbeats;
    },
    get expiries() {
      return state.counts.expiries;
    },
    get image() {
      return assembleImage(serving.place.chunks);
    },
    occupy: () => void state.start(),
    free: () => state.teardown(),
    expireHeartbeat: state.expire,
    until: watchers.until,
    fail: serving.faults.fail,
    heal: serving.faults.heal,
    kill: close,
    close,
  };
}

async function answer({ place, requests, faults, changed }: Serving, exchange: HttpExchange): Promise<void> {
  const { request } = exchange;
  const call = { method: request.method ?? '', path: request.url ?? '', headers: request.headers };
  requests.push(call);
  changed();
  const fault = faults.next(call);
  await answerDisturbed(exchange, fault, async () => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    return answerWorker(place, { ...call, body: Buffer.concat(chunks) });
  });
}
