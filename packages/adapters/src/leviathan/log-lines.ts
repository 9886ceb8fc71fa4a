/** Makes whole lines of the frames that a core sends. */
export interface LogLines {
  /** Lines that are whole now, without line ends. */
  readonly take: (text: string) => readonly string[];
  /** What is left at the end. */
  readonly end: () => readonly string[];
}

/** As much as the core reads at once from a suite that prints a lot: such a frame may end anywhere in a line. */
const FULL_FRAME_BYTES = 65_536;
/** Longer than any line of a suite; a longer one is broken. */
const LONGEST_LINE = 1024 * 1024;
/** A frame that ends in the first half of a test line: its other half alone could say the opposite. */
const HALF_TEST_LINE = /^\s*(?:n|no|not|not o|o)$/;
const TEST_LINE = /^\s*(?:not )?ok\b/;

/**
 * A frame holds a chunk of output of which the core cut white space at the end (leviathan 3.2): its end is the end of a
 * line nearly always, and cannot be told from the middle of one. It is taken for the middle where the chunk was as long
 * as a chunk can be, and where it ends with half of a TAP line that the next frame completes.
 */
export function createLogLines(): LogLines {
  let kept: { readonly text: string; readonly isSurelyOpen: boolean } | undefined;

  function join(text: string): string {
    if (kept === undefined) return text;
    const { text: begin, isSurelyOpen } = kept;
    kept = undefined;
    if (isSurelyOpen) return `${begin}${text}`;
    // The blank behind "not" was cut off as well.
    const joined = `${begin}${begin.endsWith('not') && !text.startsWith(' ') ? ' ' : ''}${text}`.trimEnd();
    return TEST_LINE.test(joined) || HALF_TEST_LINE.test(joined) ? joined : `${begin}\n${text}`;
  }

  return {
    take: (text) => {
      const isFull = Buffer.byteLength(text) >= FULL_FRAME_BYTES;
      const lines = join(text).split('\n').flatMap(breakLongLine);
      const last = lines.at(-1) ?? '';
      if (isFull || HALF_TEST_LINE.test(last)) {
        kept = { text: last, isSurelyOpen: isFull };
        lines.pop();
      }
      return lines.map(withoutReturn);
    },
    end: () => {
      const rest = kept === undefined ? [] : [withoutReturn(kept.text)];
      kept = undefined;
      return rest;
    },
  };
}

function breakLongLine(line: string): readonly string[] {
  if (line.length <= LONGEST_LINE) return [line];
  const parts: string[] = [];
  for (let begin = 0; begin < line.length; begin += LONGEST_LINE)
    parts.push(line.slice(begin, begin + LONGEST_LINE));
  return parts;
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
