/** Characters of a line that are kept; a build tool that prints a blob in one line must not fill the memory. */
export const LONGEST_LINE = 8192;

export interface LineSplitter {
  readonly write: (chunk: string) => void;
  /** Emits what is left after the last line end. */
  readonly end: () => void;
}

/**
 * Cuts text that arrives in pieces into lines. Ends of a line are LF, CR LF and a lone CR (a progress display that
 * writes over itself); a piece may end anywhere. A line longer than `LONGEST_LINE` characters is cut and says so.
 */
export function createLineSplitter(onLine: (line: string) => void): LineSplitter {
  let kept = '';
  let dropped = 0;
  let endedWithReturn = false;
  const add = (text: string): void => {
    const room = LONGEST_LINE - kept.length;
    kept += text.slice(0, room);
    dropped += Math.max(0, text.length - room);
  };
  const flush = (): void => {
    const line = dropped === 0 ? kept : `${kept} [cut: ${dropped} more characters]`;
    kept = '';
    dropped = 0;
    onLine(line);
  };
  const write = (chunk: string): void => {
    let start = endedWithReturn && chunk.startsWith('\n') ? 1 : 0;
    if (chunk.length > 0) endedWithReturn = chunk.endsWith('\r');
    for (const match of chunk.slice(start).matchAll(/\r\n|\n|\r/g)) {
      const offset = chunk.length - match.input.length;
      add(chunk.slice(start, offset + match.index));
      flush();
      start = offset + match.index + match[0].length;
    }
    add(chunk.slice(start));
  };
  const end = (): void => {
    if (kept !== '' || dropped > 0) flush();
  };
  return { write, end };
}
