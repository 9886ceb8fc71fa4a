import type { RecordedEvent } from '../servers/leviathan/recording.ts';
import { linesOf } from './leviathan-client.ts';

/** What one side of an exchange said on each connection, without what differs from run to run. */
export interface CoreHalf {
  /** What pings say; how many there are is a matter of time. */
  readonly pings: readonly string[];
  /** By websocket: every frame but output, in order, and how it ended. */
  readonly frames: Readonly<Record<string, readonly unknown[]>>;
  /** By websocket: lines of output; in order, or sorted. */
  readonly lines: Readonly<Record<string, readonly string[]>>;
  /** By number of the request. */
  readonly answers: Readonly<Record<string, unknown>>;
}

/**
 * The core's half. `lines`: 'exact' keeps their order; 'sorted' is for a core that runs real processes, whose stdout,
 * stderr and messages overtake each other (leviathan 4.1).
 */
export function coreHalf(events: readonly RecordedEvent[], lines: 'exact' | 'sorted'): CoreHalf {
  const half = {
    pings: [...new Set(events.flatMap((event) => (event.does === 'ping' ? [event.data] : [])))],
    frames: {} as Record<string, unknown[]>,
    lines: {} as Record<string, string[]>,
    answers: {} as Record<string, unknown>,
  };
  for (const event of events) {
    if (!('socket' in event)) continue;
    half.frames[event.socket] = [];
    half.lines[event.socket] = [];
  }
  for (const event of events) {
    if (event.does === 'close') half.frames[event.socket]?.push({ close: event.code });
    if (event.does === 'answer') half.answers[event.request] = answerOf(event);
    if (event.does !== 'frame') continue;
    if (event.frame.type === 'log' && event.frame.data !== '') {
      half.lines[event.socket]?.push(...linesOf(event.frame.data));
    } else if (event.frame.type !== 'log') half.frames[event.socket]?.push(frameOf(event.frame));
  }
  if (lines === 'sorted') for (const each of Object.values(half.lines)) each.sort();
  return half;
}

/** The answer of an upload is what its chunks say together. */
function answerOf({ status, type, body }: Extract<RecordedEvent, { does: 'answer' }>): unknown {
  if (Array.isArray(body)) return { status, type, body: body.join('') };
  if (typeof body !== 'string') return { status, type, body: [...body.archive].sort(byName) };
  if (body.startsWith('<')) return { status, type };
  return { status, type, body: body.replace(/"dateTime": ".*"/, '"dateTime": ""') };
}

const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);

function frameOf({ type, data }: { readonly type: string; readonly data?: unknown }): unknown {
  if (typeof data !== 'object' || data === null) return { type, data };
  if (type === 'upload')
    return { type, data: { ...data, token: typeof (data as { token?: unknown }).token } };
  if (type !== 'error') return { type, data };
  // A stack follows, with places in the core's own files.
  const { message } = data as { message?: unknown };
  return { type, data: { message: String(message).split('\n')[0] } };
}
