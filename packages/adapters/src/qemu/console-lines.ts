import { StringDecoder } from 'node:string_decoder';

/** A longer line is given in pieces: a console that prints without line ends must not fill the memory. */
const LONGEST_LINE = 8192;

const ESCAPE = '\u001b';

/** A new line, also by a lone carriage return, by moving the cursor to a place or by clearing the screen. */
const LINE_END = new RegExp(`\\r*\\n|\\r(?=[^\\r\\n])|${ESCAPE}\\[[0-9;?]*[HfJ]`, 'gu');

/** Control sequences, operating system commands and the two-character escapes of a terminal (ECMA-48). */
const ESCAPES = new RegExp(
  [
    `${ESCAPE}\\[[0-?]*[ -/]*[@-~]`,
    `${ESCAPE}\\][^\u0007${ESCAPE}]*(?:\u0007|${ESCAPE}\\\\)`,
    `${ESCAPE}[ -/]*[0-~]`,
  ].join('|'),
  'gu',
);

const CONTROLS = /[\p{Cc}\p{Cf}]/gu;

export interface ConsoleLines {
  /** Bytes as they come; a piece may end anywhere. */
  readonly write: (bytes: Buffer) => void;
  /** What stands on the line whose end has not come: a prompt. */
  readonly pending: () => string;
  /** Gives what is left as a line. */
  readonly end: () => void;
}

/**
 * Cuts what a serial console prints into lines, without escape sequences and control characters. Lines without any
 * visible character are left out.
 */
export function createConsoleLines(onLine: (line: string) => void): ConsoleLines {
  const decoder = new StringDecoder('utf8');
  let open = '';
  const give = (raw: string): void => {
    const line = visibleText(raw);
    if (line.trim() !== '') onLine(line);
  };
  return {
    write: (bytes) => {
      const pieces = (open + decoder.write(bytes)).split(LINE_END);
      open = pieces.pop() ?? '';
      for (const piece of pieces) give(piece);
      for (; open.length > LONGEST_LINE; open = open.slice(LONGEST_LINE)) give(open.slice(0, LONGEST_LINE));
    },
    pending: () => visibleText(open),
    end: () => {
      give(open + decoder.end());
      open = '';
    },
  };
}

function visibleText(raw: string): string {
  return raw.replaceAll(ESCAPES, '').replaceAll('\t', ' ').replaceAll(CONTROLS, '');
}
