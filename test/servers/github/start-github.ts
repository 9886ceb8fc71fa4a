import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ApiAnswer, type Handler, NOT_FOUND } from './api-answer.ts';
import { checkRequest, checkResponse, findRoute } from './api-description.ts';
import { checkRoutes } from './check-routes.ts';
import { appRoutes, type Caller, identify, refuse } from './credentials.ts';
import { createFaults, type Faults } from './faults.ts';
import type { GithubState } from './github-state.ts';
import { pullRequestRoutes } from './pull-request-routes.ts';
import { sendAnswer } from './send-answer.ts';

export interface ServedRequest {
  /** `GET /repos/{owner}/{repo}/commits/{ref}/status`. */
  readonly route: string;
  readonly path: string;
  readonly status: number;
}

export interface GithubServer {
  /** Address of the REST API. */
  readonly api: string;
  readonly faults: Faults;
  /** Everything that was asked, in order. */
  readonly requests: readonly ServedRequest[];
  /** Resolves once such a request has been served, or what a fault left of it; at once when it has been. */
  readonly untilServed: (route: RegExp) => Promise<void>;
  /** What contradicts GitHub's own description, on either side; a test ends with none. */
  readonly contradictions: string[];
  readonly stop: () => Promise<void>;
}

/** GitHub's REST API over a real git repository, on loopback; requests and answers are held to its description. */
export async function startGithub(state: GithubState): Promise<GithubServer> {
  const faults = createFaults();
  const requests: ServedRequest[] = [];
  const contradictions: string[] = [];
  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing, { state, faults, requests, contradictions, served }).catch((error: unknown) => {
      contradictions.push(`the server failed: ${String(error)}`);
      outgoing.destroy();
    });
  });
  const served = new EventEmitter();
  const untilServed = async (route: RegExp): Promise<void> => {
    while (!requests.some((each) => route.test(each.route))) await once(served, 'request');
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    api: `http://127.0.0.1:${port}`,
    faults,
    requests,
    untilServed,
    contradictions,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Surroundings {
  readonly state: GithubState;
  readonly faults: Faults;
  readonly requests: ServedRequest[];
  readonly contradictions: string[];
  readonly served: EventEmitter;
}

async function serve(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { state, faults, requests, contradictions, served }: Surroundings,
): Promise<void> {
  const method = incoming.method ?? 'GET';
  const url = new URL(incoming.url ?? '/', 'http://127.0.0.1');
  const text = await readAll(incoming);
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  const found = findRoute(method, url.pathname);
  const note = (problem: string): void => {
    contradictions.push(`${method} ${url.pathname}: ${problem}`);
  };
  if (found === undefined) {
    note('GitHub has no such route');
    sendAnswer(NOT_FOUND, incoming, outgoing);
    return;
  }
  const { route } = found;
  for (const problem of checkRequest(found, { query: url.searchParams, body })) note(problem);
  const fault = faults.take(method, route);
  const done = (status: number): void => {
    requests.push({ route, path: `${url.pathname}${url.search}`, status });
    served.emit('request');
  };
  if (fault?.kind === 'reset') {
    done(0);
    incoming.socket.destroy();
    return;
  }
  if (fault?.kind === 'answer') {
    done(fault.status);
    outgoing.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
    outgoing.end(fault.body ?? JSON.stringify({ message: 'Server Error' }));
    return;
  }
  const seen = fault?.kind === 'lag' ? { ...state, checks: state.checks.slice(0, -1) } : state;
  const caller = identify(incoming.headers.authorization, state);
  const answer = await answerOf(found, { caller, state: seen, url, body });
  for (const problem of checkResponse(found, answer)) note(`answer ${answer.status}: ${problem}`);
  done(sendAnswer(answer, incoming, outgoing, fault));
}

async function answerOf(
  { route, parameters }: { readonly route: string; readonly parameters: Readonly<Record<string, string>> },
  asked: {
    readonly caller: Caller;
    readonly state: GithubState;
    readonly url: URL;
    readonly body: unknown;
  },
): Promise<ApiAnswer> {
  const { state, caller } = asked;
  const handlers: Readonly<Record<string, Handler>> = {
    ...pullRequestRoutes(state),
    ...checkRoutes(state),
    ...appRoutes(state, () => caller),
  };
  const handler = handlers[route];
  if (handler === undefined) throw new Error(`the double does not have ${route}`);
  const refused = refuse(route, caller, state);
  if (refused !== undefined) return refused;
  const { owner, repo } = parameters;
  if (owner !== undefined && `${owner}/${repo}` !== state.repository) return NOT_FOUND;
  return handler({
    parameters,
    query: asked.url.searchParams,
    body: (asked.body ?? {}) as Readonly<Record<string, unknown>>,
    grant: caller.kind === 'granted' ? caller.grant : undefined,
  });
}

async function readAll(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
