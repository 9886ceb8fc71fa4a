import type { TakeSign } from './build-sign.ts';
import type { ConsoleKind, ConsoleMode } from './console-kind.ts';
import { readBitbakeLine } from './read-bitbake-line.ts';
import { readForeignLine } from './read-foreign-line.ts';
import { readMarkedLine } from './read-marked-line.ts';
import { isDrawn, stripTerminal } from './strip-terminal.ts';

/** Classifies a build's console, line by line. */
export interface ConsoleReader {
  /** A line without its line end; a terminal's line may be several, of which the last one's kind is the answer. */
  readonly read: (line: string) => ConsoleKind;
}

/** bitbake begins at most a few steps before it ends a line. */
const MAX_DEPTH = 5;

const BAR = '|'.charCodeAt(0);

/**
 * Reads what bitbake (console without terminal, or a terminal's), barys, kas, the environment script and the helper
 * container print. Most lines are decided by their first characters, none by a search that a hostile line can slow.
 */
export function createConsoleReader(take: TakeSign): ConsoleReader {
  let mode: ConsoleMode = 'outside';

  const readPart = (line: string, depth = 0): ConsoleKind => {
    if (line === '') {
      if (mode === 'configuration' || mode === 'summary') mode = 'call';
      return 'blank';
    }
    if (line.charCodeAt(0) === BAR && mode !== 'outside') return 'log';
    const known =
      readMarkedLine(line, take) ?? readBitbakeLine(line, mode, take) ?? readForeignLine(line, mode, take);
    if (known === undefined) return readBareLine(line, mode, take);
    mode = known.mode ?? mode;
    if (known.rest === undefined || known.rest === '' || depth === MAX_DEPTH) return known.kind;
    return readPart(known.rest, depth + 1);
  };

  return {
    read: (line) => {
      if (!isDrawn(line)) return readPart(line);
      let kind: ConsoleKind = 'blank';
      for (const part of stripTerminal(line)) kind = readPart(part);
      return kind;
    },
  };
}

function readBareLine(line: string, mode: ConsoleMode, take: TakeSign): ConsoleKind {
  switch (mode) {
    case 'outside':
      return 'unexplained';
    case 'message':
      take({ kind: 'message-line', text: line });
      return 'message-line';
    case 'note':
      return 'message-line';
    case 'configuration':
      return 'configuration';
    case 'usage':
      return 'usage';
    case 'environment':
      return 'environment';
    case 'device-types':
      return 'barys';
    case 'credentials':
      return 'container';
    case 'summary':
    case 'call':
      return 'text';
  }
}
