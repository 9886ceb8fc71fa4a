import type { Clock } from '@osrel/core';
import type { WebSocket as Socket } from 'ws';
import { createWatchdog } from './watchdog.ts';

export interface CoreSocket {
  /** After the first ping: only then the core listens (leviathan 3.2). Never rejects; stays open if it never comes. */
  readonly ready: Promise<void>;
  /** Why there is nothing more to come. Never rejects. */
  readonly closed: Promise<SocketEnd>;
  /** Stops reading until `resume`. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Cuts the connection; again is harmless. */
  readonly cut: () => void;
}

export interface SocketEnd {
  readonly because: string;
  /** The core sent what no core sends: nothing of it is to be believed. */
  readonly isAbsurd: boolean;
}

export interface CoreSocketOptions {
  /** Address of the core, without a slash at the end. */
  readonly coreUrl: string;
  /** `reconnect`: a further listener of the suite that runs. */
  readonly as: 'first' | 'reconnect';
  readonly clock: Clock;
  /** Milliseconds without a ping after which the connection counts as dead. */
  readonly pingSilenceMs: number;
  /** Text of one frame, in order of arrival; may come before the first ping. */
  readonly onFrame: (text: string) => void;
}

/** Above any chunk of a log; a longer frame ends the connection. */
const LONGEST_FRAME_BYTES = 64 * 1024 * 1024;

/** A websocket to a core's `/start`. Pings are answered; no ping for too long ends it. Returns before it is open. */
export async function openCoreSocket(options: CoreSocketOptions): Promise<CoreSocket> {
  const { coreUrl, as, clock, pingSilenceMs, onFrame } = options;
  const { WebSocket } = await import('ws');
  const ready = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<SocketEnd>();
  const address = `${coreUrl.replace(/^http/, 'ws')}/start${as === 'reconnect' ? '?reconnect' : ''}`;
  const socket: Socket = new WebSocket(address, {
    maxPayload: LONGEST_FRAME_BYTES,
    perMessageDeflate: false,
    handshakeTimeout: pingSilenceMs,
    followRedirects: false,
  });
  const pings = createWatchdog(clock, pingSilenceMs);
  let failure: Error | undefined;

  const end = (because: string, isAbsurd = false) => {
    pings.stop();
    closed.resolve({ because, isAbsurd });
    socket.terminate();
  };
  socket.on('ping', () => {
    pings.touch();
    ready.resolve();
  });
  socket.on('message', (content: Buffer) => onFrame(content.toString('utf8')));
  socket.on('error', (error) => {
    failure = error;
  });
  socket.on('close', (code) => {
    if (failure === undefined) end(`the core closed the connection (${code})`);
    else end(`the connection failed: ${failure.message}`, isProtocolBreach(failure));
  });
  pings.expired.then(
    () => end(`no ping for ${pingSilenceMs / 1000} s`),
    (error: unknown) => end(`its pings could not be watched: ${String(error)}`),
  );
  return {
    ready: ready.promise,
    closed: closed.promise,
    pause: () => {
      pings.hold();
      socket.pause();
    },
    resume: () => {
      pings.touch();
      socket.resume();
    },
    cut: () => end('osrel closed the connection'),
  };
}

/** The library's own codes for bytes that break RFC 6455 or a limit: `WS_ERR_UNSUPPORTED_MESSAGE_LENGTH`. */
function isProtocolBreach(error: Error): boolean {
  return 'code' in error && typeof error.code === 'string' && error.code.startsWith('WS_ERR_');
}
