import type { IncomingHttpHeaders } from 'node:http';
import { type HttpAnswer, jsonAnswer, textAnswer } from './http-fault.ts';
import type { WorkerOptions, WorkerState } from './worker-state.ts';

/** The real worker's chunk of an image. */
const CHUNK_MIB = 40;
const FLASH_TIMEOUT_TRIES = 60;

export interface WorkerCall {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface WorkerPlace {
  readonly state: WorkerState;
  readonly options: WorkerOptions;
  /** Chunks of the image by their index; an image sent at once is chunk 0. */
  readonly chunks: Map<number, Buffer>;
}

type Route = (place: WorkerPlace, call: WorkerCall) => HttpAnswer;

const ok: HttpAnswer = textAnswer('OK');

const ROUTES: Readonly<Record<string, Route>> = {
  'GET /state': ({ state }) => textAnswer(state.state()),
  'GET /start': ({ state }) => textAnswer(state.start()),
  'GET /heartbeat': ({ state }) =>
    state.heartbeat()
      ? ok
      : textAnswer("TypeError: Cannot read properties of undefined (reading 'refresh')", 500),
  'POST /teardown': ({ state, chunks }) => {
    state.teardown();
    chunks.clear();
    return ok;
  },
  // The real one sends text, so it says html.
  'GET /contract': ({ options }) =>
    textAnswer(
      JSON.stringify({
        uuid: options.uuid,
        workerType: options.workerType ?? 'qemu',
        supportedFeatures: options.features ?? {},
      }),
    ),
  'POST /dut/on': ({ state }) => {
    state.setPower('on');
    return { ...ok, type: null };
  },
  'POST /dut/off': ({ state }) => {
    state.setPower('off');
    return ok;
  },
  'POST /dut/network': () => ok,
  'GET /dut/ip': ({ options }, { body }) => {
    const target = parseJson(body).target;
    return typeof target === 'string'
      ? textAnswer(options.dutIp ?? '10.10.10.2')
      : textAnswer('Target missing', 500);
  },
  'GET /dut/diagnostics': () => jsonAnswer({}),
  'GET /dut/sendImage/chunkSize': () => ({
    status: 200,
    type: 'application/json',
    body: JSON.stringify({ chunkMiB: CHUNK_MIB }),
  }),
  'POST /dut/sendImage': sendImage,
  'POST /dut/flashImage': ({ state }) => {
    state.flash();
    return textAnswer(JSON.stringify({ timeoutTries: FLASH_TIMEOUT_TRIES }));
  },
  'GET /dut/flashState': ({ state }) => textAnswer(state.flashState()),
  'GET /dut/serial': ({ options: { serial = 'scripted serial log\n' } }) =>
    serial === null
      ? jsonAnswer({ message: 'Cannot read the requested report' }, 500)
      : { status: 200, type: 'text/plain', body: Buffer.from(serial) },
  'POST /dut/keyboard': () => textAnswer('Keyboard not supported', 500),
  'POST /dut/capture': () => textAnswer('Screen capture not configured', 500),
  'GET /dut/capture': () => textAnswer('Screen capture not configured', 500),
  'POST /proxy': (_place, { body }) => textAnswer(parseJson(body).port === undefined ? 'OK' : '127.0.0.1'),
};

/** What the worker answers (leviathan 3.6). */
export function answerWorker(place: WorkerPlace, call: WorkerCall): HttpAnswer {
  const route = ROUTES[`${call.method} ${call.path.split('?')[0]}`];
  return route?.(place, call) ?? textAnswer(`<pre>Cannot ${call.method} ${call.path}</pre>`, 404);
}

function sendImage({ chunks }: WorkerPlace, { headers, body }: WorkerCall): HttpAnswer {
  const index = headers['x-chunk-index'];
  if (index === undefined) {
    chunks.clear();
    chunks.set(0, body);
    return ok;
  }
  if (headers['content-length'] === undefined) {
    return textAnswer('Length Required: Please provide a Content-Length header.', 411);
  }
  if (Number(index) === 0) chunks.clear();
  chunks.set(Number(index), body);
  return { status: 200, type: 'text/plain', body: 'CHUNK_OK' };
}

function parseJson(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(body.toString('utf8') || '{}') as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** The image as the worker puts it together: chunk by chunk at its offset. Null without one. */
export function assembleImage(chunks: ReadonlyMap<number, Buffer>): Buffer | null {
  if (chunks.size === 0) return null;
  return Buffer.concat([...chunks].sort(([a], [b]) => a - b).map(([, chunk]) => chunk));
}
