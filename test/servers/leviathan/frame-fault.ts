import type { RawData } from 'ws';
import { createFaultRules } from '../fault-rules.ts';

/** A frame as the core sends it. */
export interface CoreFrame {
  readonly type: string;
  readonly data: unknown;
}

/** What goes wrong with one frame of the core to its client. */
export type FrameFault =
  /** The connection is reset; the frame was not, or was, sent. */
  | { readonly kind: 'cut-before' }
  | { readonly kind: 'cut-after' }
  /** The core closes the websocket in order, without this frame. */
  | { readonly kind: 'close-before' }
  | { readonly kind: 'drop' }
  /** Other text, or bytes as a binary frame, in its place or behind it. */
  | { readonly kind: 'instead'; readonly frame: string | Uint8Array }
  | { readonly kind: 'also'; readonly frame: string | Uint8Array }
  /** Neither this frame nor anything after it, and no ping; the connection stays. */
  | { readonly kind: 'stall' };

export interface FrameFaultRule {
  /** Absent: frames of any type. */
  readonly type?: string;
  /** Absent: both. */
  readonly socket?: 'first' | 'spare';
  /** Asked last. */
  readonly at?: (frame: CoreFrame) => boolean;
  readonly nth?: number;
  readonly times?: number;
  readonly fault: FrameFault;
}

interface SentFrame {
  readonly frame: CoreFrame;
  readonly socket: 'first' | 'spare';
}

/** What goes wrong with frames; nothing at first. */
export function createFrameFaults() {
  const rules = createFaultRules<SentFrame, FrameFault>();
  return {
    disturb: ({ type, socket, at, ...rule }: FrameFaultRule) =>
      rules.add({
        ...rule,
        applies: (sent) =>
          (type === undefined || type === sent.frame.type) &&
          (socket === undefined || socket === sent.socket) &&
          at?.(sent.frame) !== false,
      }),
    next: rules.take,
  };
}

/** The text of a websocket message. */
export function textOf(message: RawData): string {
  if (Array.isArray(message)) return Buffer.concat(message).toString('utf8');
  return (message instanceof ArrayBuffer ? Buffer.from(message) : message).toString('utf8');
}
