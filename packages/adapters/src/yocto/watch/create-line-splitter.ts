const LINE_END = 0x0a;
/** Longer than any line bitbake writes: its line of all variables is a few MiB. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;

/** Cuts bytes that arrive in pieces into lines of UTF-8. */
export interface LineSplitter {
  /** The piece may be used again when this returns. */
  readonly push: (piece: Buffer) => void;
  /** Forgets a line that was begun: the file was started anew. */
  readonly restart: () => void;
  /** Hands on a last line that has no line end. */
  readonly end: () => void;
  /** How many lines were too long and were left out. */
  readonly skipped: () => number;
}

/**
 * Lines of more than 64 MiB are left out and counted, and until then kept in pieces as large as they came, so a long line
 * costs its own size once and one that is too long costs no more than the limit.
 */
export function createLineSplitter(onLine: (line: string) => void): LineSplitter {
  let begun: Buffer[] = [];
  let begunBytes = 0;
  let isTooLong = false;
  let skipped = 0;

  const forget = (): void => {
    begun = [];
    begunBytes = 0;
    isTooLong = false;
  };
  const keep = (part: Buffer): void => {
    if (isTooLong || part.length === 0) return;
    if (begunBytes + part.length > MAX_LINE_BYTES) {
      forget();
      isTooLong = true;
      skipped += 1;
      return;
    }
    begun.push(Buffer.from(part));
    begunBytes += part.length;
  };
  const finish = (part: Buffer): void => {
    if (begunBytes > 0 || isTooLong) keep(part);
    if (!isTooLong)
      onLine(begun.length === 0 ? part.toString('utf8') : Buffer.concat(begun).toString('utf8'));
    forget();
  };

  return {
    push: (piece) => {
      let from = 0;
      for (let end = piece.indexOf(LINE_END); end !== -1; end = piece.indexOf(LINE_END, from)) {
        finish(piece.subarray(from, end));
        from = end + 1;
      }
      keep(piece.subarray(from));
    },
    restart: forget,
    end: () => {
      if (begun.length > 0) finish(Buffer.alloc(0));
      forget();
    },
    skipped: () => skipped,
  };
}
