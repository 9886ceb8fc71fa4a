import { CUT_MARK } from './cut-line.ts';
import type { Redactor } from './redactor.ts';

const CUT_LINE_END = `${CUT_MARK}\n`;

/** Hides secrets in lines that come in batches, also one that spans lines or lies across the pieces of a long line. */
export interface LineRedaction {
  /** Gives the lines that can be told now; a line that may be the beginning of a secret of several lines waits. */
  push(lines: readonly string[]): readonly string[];
  /** Gives the rest. The redaction may be used again afterwards. */
  end(): readonly string[];
}

/**
 * All lines of a batch go through the redactor as one text: that is several times as fast as one by one. A secret of
 * several lines becomes a single `***`, so that fewer lines may come out than went in.
 */
export function createLineRedaction(redactor: Pick<Redactor, 'stream'>): LineRedaction {
  const stream = redactor.stream();
  // Redacted, but its line has not ended.
  let begun = '';
  const take = (output: string, isCut: boolean): readonly string[] => {
    const lines = (begun + output).split('\n');
    begun = lines.pop() ?? '';
    if (!isCut || begun === '') return lines;
    lines.push(begun + CUT_MARK);
    begun = '';
    return lines;
  };
  return {
    push(lines) {
      if (lines.length === 0) return [];
      const isCut = lines.at(-1)?.endsWith(CUT_MARK) === true;
      const text = textOf(lines);
      const output = stream.push(text);
      // Nearly always: nothing was hidden, nothing was waiting and nothing waits.
      if (output === text && begun === '' && !isCut) return lines;
      return take(output, isCut);
    },
    end() {
      const lines = take(stream.end(), false);
      const last = begun;
      begun = '';
      return last === '' ? lines : [...lines, last];
    },
  };
}

function textOf(lines: readonly string[]): string {
  const text = `${lines.join('\n')}\n`;
  return text.includes(CUT_LINE_END) ? text.replaceAll(CUT_LINE_END, '') : text;
}
