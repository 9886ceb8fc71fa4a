import { CUT_MARK } from '@osrel/core';

/** Characters of a piece of a long line; a build tool that prints a blob in one line must not fill the memory. */
export const LONGEST_PIECE = 8 * 1024 * 1024;

export interface LineSplitter {
  readonly write: (chunk: string) => void;
  /** Emits what is left after the last line end. */
  readonly end: () => void;
}

/**
 * Cuts text that arrives in pieces into lines. Ends of a line are LF, CR LF and a lone CR (a progress display that
 * writes over itself); a piece may end anywhere. A line longer than `longestPiece` characters is given in several
 * pieces, all but the last with `CUT_MARK` behind them; nothing is lost.
 */
export function createLineSplitter(
  onLine: (line: string) => void,
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
      flush();
      from = until;
    }
    if (from === text.length) return;
    kept.push(text.slice(from));
    keptLength += text.length - from;
  };
  const flush = (): void => {
    const line = kept.length === 1 ? (kept[0] ?? '') : kept.join('');
    kept = [];
    keptLength = 0;
    onLine(line);
  };
  const give = (chunk: string, from: number, until: number): void => {
    // Nearly every line: all of it is in this chunk.
    if (keptLength === 0 && until - from <= longestPiece) {
      onLine(chunk.slice(from, until));
      return;
    }
    keep(chunk.slice(from, until));
    flush();
  };

  const write = (chunk: string): void => {
    if (chunk === '') return;
    let start = endedWithReturn && chunk.startsWith('\n') ? 1 : 0;
    endedWithReturn = chunk.endsWith('\r');
    let feed = chunk.indexOf('\n', start);
    let back = chunk.indexOf('\r', start);
    while (feed !== -1 || back !== -1) {
      const isFeed = back === -1 || (feed !== -1 && feed < back);
      const end = isFeed ? feed : back;
      give(chunk, start, end);
      start = !isFeed && feed === end + 1 ? end + 2 : end + 1;
      if (feed !== -1 && feed < start) feed = chunk.indexOf('\n', start);
      if (back !== -1 && back < start) back = chunk.indexOf('\r', start);
    }
    if (start < chunk.length) keep(chunk.slice(start));
  };
  const end = (): void => {
    if (keptLength > 0) flush();
  };
  return { write, end };
}
