import { assertNever } from '@osrel/core';
import { type CoreFrame, parseCoreFrame, type UploadFrame } from './core-frames.ts';
import type { SocketEnd } from './core-socket.ts';

/** How the suite's connection ended, as far as the core says it. */
export type ConnectionEnd =
  | { readonly kind: 'reported'; readonly success: boolean }
  | { readonly kind: 'core-error'; readonly because: string }
  | { readonly kind: 'cut'; readonly because: string };

export interface FrameListener {
  readonly onUpload: (frame: UploadFrame) => void;
  /** Some output of the suite: many lines, or half a one. */
  readonly onLog: (text: string) => void;
  readonly onFlashing: (percent: number | null) => void;
  /** For people: what became of the connection, frames that mean nothing. */
  readonly onNote: (line: string) => void;
}

export interface FrameReader {
  readonly take: (text: string) => 'suite-speaks' | 'other';
  /** The last frame was a result, as the core's last one is. */
  readonly hasResult: () => boolean;
  /** What the end of the connection means after these frames. */
  readonly endOf: (end: SocketEnd) => ConnectionEnd;
  /** Takes no further frame. */
  readonly stop: () => void;
}

/** Told one by one up to here; then only counted. */
const BAD_FRAMES_TOLD = 20;
const MOST_BAD_FRAMES = 5_000;

/**
 * Reads the frames of one suite in order. `finish` is called for an error of the core, and when thousands of frames
 * meant nothing.
 */
export function createFrameReader(
  { onUpload, onLog, onFlashing, onNote }: FrameListener,
  finish: (end: ConnectionEnd) => void,
): FrameReader {
  /** A suite may send a status of its own: only one that nothing follows is the core's. */
  let result: boolean | null = null;
  let badFrames = 0;
  let isStopped = false;

  function refuseFrame(because: string): void {
    badFrames += 1;
    if (badFrames <= BAD_FRAMES_TOLD) onNote(`passed over ${because}`);
    if (badFrames > MOST_BAD_FRAMES)
      finish({ kind: 'core-error', because: `the core sent ${badFrames} frames that mean nothing` });
  }

  function read(frame: CoreFrame): void {
    switch (frame.type) {
      case 'upload':
        onUpload(frame);
        break;
      case 'log':
        onLog(frame.text);
        break;
      case 'flashing':
        onFlashing(frame.percent);
        break;
      case 'error':
        finish({ kind: 'core-error', because: firstLineOf(frame.message) });
        break;
      case 'remark':
        if (frame.text !== null) onNote(`the suite says: ${frame.text}`);
        break;
      case 'unreadable':
        refuseFrame(frame.because);
        break;
      case 'result':
        result = frame.success;
        break;
      default:
        assertNever(frame);
    }
  }

  return {
    take: (text) => {
      if (isStopped) return 'other';
      const frame = parseCoreFrame(text);
      if (result !== null) onNote('the suite sent a result of its own and went on; it does not count');
      result = null;
      read(frame);
      return frame.type === 'log' || frame.type === 'flashing' ? 'suite-speaks' : 'other';
    },
    hasResult: () => result !== null,
    endOf: ({ because, isAbsurd }) => {
      if (result !== null) return { kind: 'reported', success: result };
      return isAbsurd ? { kind: 'core-error', because } : { kind: 'cut', because };
    },
    stop: () => {
      isStopped = true;
    },
  };
}

/** An error frame holds a whole stack. */
function firstLineOf(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
