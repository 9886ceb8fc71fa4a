import { once } from 'node:events';
import { request } from 'node:http';
import { createGunzip, createGzip } from 'node:zlib';
import { extract, pack } from 'tar-stream';
import { WebSocket } from 'ws';
import type { RecordedArchive, RecordedEvent, Recording } from '../servers/leviathan/recording.ts';

type Answer = Extract<RecordedEvent, { does: 'answer' }>;
type Request = Extract<RecordedEvent, { does: 'request' }>;

export interface ReplayPlace {
  readonly coreUrl: string;
  /** Replaces the rig's address in the recorded config.json. */
  readonly workerUrl: string;
  /** What the client waits for before it goes on; output of real processes comes in other pieces each time. */
  readonly awaits: (event: RecordedEvent) => boolean;
  /** Called after each event of the recording, with how many there were. */
  readonly passed: (events: number) => void;
  /** Resolves when the core noticed that so many of its websockets are open. */
  readonly noticed: (openSockets: number) => Promise<void>;
}

/**
 * Does the client's half of a recording: each act when everything that the core said before it has come. Returns what
 * the core said this time, in the form of the recording.
 */
export async function replayClient(
  { events }: Recording,
  place: ReplayPlace,
): Promise<readonly RecordedEvent[]> {
  const heard = createHearing();
  const sockets = new Map<number, WebSocket>();
  for (const [index, event] of events.entries()) {
    if (event.who === 'core' && place.awaits(event)) {
      await heard.until(event, countLike(events.slice(0, index + 1), event));
    }
    if (event.does === 'connect') sockets.set(event.socket, await connect(event, place, heard));
    if (event.does === 'cut') {
      sockets.get(event.socket)?.terminate();
      await heard.closed(event.socket);
    }
    if (event.does === 'cut' || event.does === 'close') await place.noticed(openOf(sockets));
    if (event.does === 'request') void send(event, { place, heard, events });
    place.passed(index + 1);
  }
  for (const socket of sockets.values()) socket.terminate();
  return heard.events;
}

const openOf = (sockets: ReadonlyMap<number, WebSocket>) =>
  [...sockets.values()].filter(({ readyState }) => readyState === WebSocket.OPEN).length;

/** How many events of that connection and kind there were. */
function countLike(events: readonly RecordedEvent[], like: RecordedEvent): number {
  return events.filter((event) => isLike(event, like)).length;
}

function isLike(event: RecordedEvent, like: RecordedEvent): boolean {
  if (event.who !== 'core' || event.does !== like.does) return false;
  if (event.does === 'answer') return like.does === 'answer' && event.request === like.request;
  if (!('socket' in like) || event.socket !== like.socket) return false;
  // Output may come in other pieces; what counts is that the same text has come, which the comparison sees to.
  if (event.does !== 'frame' || like.does !== 'frame') return true;
  return event.frame.type === like.frame.type;
}

function createHearing() {
  const events: RecordedEvent[] = [];
  const waiting = new Set<() => void>();
  const wait = (isSo: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!isSo()) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  const closedSockets = new Set<number>();
  return {
    events,
    add: (event: RecordedEvent) => {
      events.push(event);
      for (const look of [...waiting]) look();
    },
    /** Resolves when that or more was said, or can no longer be. */
    until: (event: RecordedEvent, count: number) =>
      wait(
        () =>
          countLike(events, event) >= count ||
          hasSaid(events, event) ||
          ('socket' in event && closedSockets.has(event.socket)),
      ),
    close: (socket: number) => {
      closedSockets.add(socket);
      for (const look of [...waiting]) look();
    },
    closed: (socket: number) => wait(() => closedSockets.has(socket)),
  };
}

/** Whether that line of output has come, in whichever pieces. */
function hasSaid(events: readonly RecordedEvent[], like: RecordedEvent): boolean {
  if (like.does !== 'frame' || like.frame.type !== 'log') return false;
  const last = linesOf(like.frame.data).at(-1);
  return events.some(
    (event) =>
      event.does === 'frame' &&
      event.socket === like.socket &&
      event.frame.type === 'log' &&
      linesOf(event.frame.data).includes(last ?? ''),
  );
}

/** Lines of a piece of output without what differs from run to run. */
export function linesOf(data: unknown): readonly string[] {
  return String(data)
    .split('\n')
    .map((line) => line.replace(/# time=.*/, '# time').trimEnd())
    .filter((line) => line !== '');
}

type Hearing = ReturnType<typeof createHearing>;

async function connect(
  { socket, path }: Extract<RecordedEvent, { does: 'connect' }>,
  { coreUrl }: ReplayPlace,
  heard: Hearing,
): Promise<WebSocket> {
  const client = new WebSocket(coreUrl.replace('http', 'ws') + path);
  let hasPinged = false;
  client.on('ping', (data) => {
    if (!hasPinged) heard.add({ who: 'core', does: 'ping', socket, data: data.toString() });
    hasPinged = true;
  });
  client.on('message', (message) => {
    heard.add({ who: 'core', does: 'frame', socket, frame: JSON.parse(message.toString()) });
  });
  client.on('error', () => {});
  client.on('close', (code) => {
    if (code !== 1006) heard.add({ who: 'core', does: 'close', socket, code });
    heard.close(socket);
  });
  await once(client, 'open');
  return client;
}

interface Sending {
  readonly place: ReplayPlace;
  readonly heard: Hearing;
  readonly events: readonly RecordedEvent[];
}

async function send(recorded: Request, { place, heard, events }: Sending): Promise<void> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(recorded.headers ?? {})) headers[name] = String(value);
  const token = tokenFor(recorded, events, heard.events);
  if (token !== undefined) headers['x-token'] = String(token);
  const call = request(place.coreUrl + recorded.path, { method: recorded.method, headers, agent: false });
  call.on('error', () => {});
  call.on('response', async (response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const answer: Answer = {
      who: 'core',
      does: 'answer',
      request: recorded.request,
      status: response.statusCode ?? 0,
      type: response.headers['content-type'] ?? null,
      body: await readBody(recorded.path, chunks),
    };
    heard.add(answer);
  });
  if (recorded.body === undefined) call.end();
  else if ('broken' in recorded.body) call.end('this is no gzip');
  else repack(recorded.body, place.workerUrl).pipe(call);
}

/** The token that this core gave in the place of the recorded one; undefined for one that no core gave. */
function tokenFor(
  { headers }: Request,
  recorded: readonly RecordedEvent[],
  heard: readonly RecordedEvent[],
): unknown {
  const position = recorded.filter(isUpload).findIndex((event) => tokenOf(event) === headers?.['x-token']);
  const event = heard.filter(isUpload)[position];
  return event === undefined ? undefined : tokenOf(event);
}

const isUpload = (event: RecordedEvent) => event.does === 'frame' && event.frame.type === 'upload';

const tokenOf = (event: RecordedEvent): unknown =>
  event.does === 'frame' ? (event.frame.data as { token?: unknown }).token : undefined;

function repack({ archive }: RecordedArchive, workerUrl: string) {
  const tar = pack();
  for (const { name, type, text = '', base64 } of archive) {
    if (type === 'directory') tar.entry({ name, type: 'directory' });
    else if (name === 'config.json') tar.entry({ name }, JSON.stringify({ ...JSON.parse(text), workerUrl }));
    else tar.entry({ name }, base64 === undefined ? text : Buffer.from(base64, 'base64'));
  }
  tar.finalize();
  return tar.pipe(createGzip());
}

async function readBody(path: string, chunks: readonly Buffer[]): Promise<Answer['body']> {
  if (path === '/upload') return chunks.map(String);
  if (path !== '/artifacts') return Buffer.concat(chunks).toString('utf8');
  const archive: RecordedArchive['archive'] = [];
  const tar = extract();
  tar.on('entry', (entry, stream, next) => {
    const content: Buffer[] = [];
    stream.on('data', (chunk) => void content.push(chunk as Buffer));
    stream.on('end', () => {
      const text = Buffer.concat(content).toString('utf8');
      archive.push({
        name: entry.name,
        type: String(entry.type),
        ...(entry.type === 'directory' ? {} : { text }),
      });
      next();
    });
  });
  const gunzip = createGunzip();
  gunzip.pipe(tar);
  gunzip.end(Buffer.concat(chunks));
  await once(tar, 'finish');
  return { archive };
}
