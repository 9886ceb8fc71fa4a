import { CUT_MARK, listLines } from '@osrel/core';

/** Characters of a piece of a long line; a build tool that prints a blob in one line must not fill the memory. */
export const LONGEST_PIECE = 8 * 1024 * 1024;

export interface LineSplitter {
  readonly write: (chunk: string) => void;
  /** Emits what is left after the last line end. */
  readonly end: () => void;
}

/**
 * Cuts text that arrives in pieces into whole lines and gives those of a piece at once, each with a line feed at its
 * end. Ends of a line in the text are LF, CR LF and a lone CR (a progress display that writes over itself); a piece may
 * end anywhere. A line longer than `longestPiece` characters is given in several pieces, all but the last with
 * `CUT_MARK` behind them, each by itself; nothing is lost.
 */
export function createLineSplitter(
  onLines: (text: string) => void,
  longestPiece: number = LONGEST_PIECE,
): LineSplitter {
  // The beginning of a line whose end has not come.
  let kept: string[] = [];
  let keptLength = 0;
  let endedWithReturn = false;

  const keep = (text: string): void => {
    let from = 0;
    while (keptLength + text.length - from > longestPiece) {
      const until = from + longestPiece - keptLength;
      kept.push(text.slice(from, until), CUT_MARK);
      endKept('\n');
      from = until;
    }
    if (from === text.length) return;
    kept.push(text.slice(from));
    keptLength += text.length - from;
  };
  const endKept = (rest: string): void => {
    const text = kept.join('') + rest;
    kept = [];
    keptLength = 0;
    onLines(text);
  };
  const give = (lines: string): void => {
    // Nearly always: no line in it can be too long.
    const pieces = keptLength + lines.length - 1 <= longestPiece ? [] : listLines(lines);
    if (pieces.length === 0) endKept(lines);
    for (const line of pieces) {
      keep(line);
      endKept('\n');
    }
  };

  const write = (chunk: string): void => {
    if (chunk === '') return;
    const text = withLineFeeds(endedWithReturn && chunk.startsWith('\n') ? chunk.slice(1) : chunk);
    endedWithReturn = chunk.endsWith('\r');
    const end = text.lastIndexOf('\n') + 1;
    if (end > 0) give(text.slice(0, end));
    if (end < text.length) keep(text.slice(end));
  };
  const end = (): void => {
    if (keptLength > 0) endKept('\n');
  };
  return { write, end };
}

function withLineFeeds(text: string): string {
  return text.includes('\r') ? text.replaceAll(/\r\n?/g, '\n') : text;
}
