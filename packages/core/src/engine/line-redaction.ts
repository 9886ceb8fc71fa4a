import { CUT_MARK } from './cut-line.ts';
import type { Redactor } from './redactor.ts';

const CUT_LINE_END = `${CUT_MARK}\n`;

/**
 * Hides secrets in lines that come in batches, also one that spans lines or lies across the pieces of a long line.
 * A batch is a text of whole lines, each with a line feed at its end; the empty text is no line. Only its last line may
 * be a piece of a longer one, which the next batch goes on with.
 */
export interface LineRedaction {
  /** Gives the lines that can be told now; a line that may be the beginning of a secret of several lines waits. */
  push(lines: string): string;
  /** Gives the rest. The redaction may be used again afterwards. */
  end(): string;
}

/**
 * All lines of a batch go through the redactor as one text: that is many times as fast as one by one. A secret of
 * several lines becomes a single `***`, so that fewer lines may come out than went in.
 */
export function createLineRedaction(redactor: Pick<Redactor, 'stream'>): LineRedaction {
  const stream = redactor.stream();
  // Redacted, but its line has not ended.
  let begun = '';
  return {
    push(lines) {
      const isCut = lines.endsWith(CUT_LINE_END);
      const text = isCut ? lines.slice(0, -CUT_LINE_END.length) : lines;
      const output = stream.push(text);
      // Nearly always: nothing was hidden, nothing was waiting and nothing waits.
      if (output === text && begun === '' && !isCut) return lines;
      const told = begun + output;
      const end = isCut ? told.length : told.lastIndexOf('\n') + 1;
      begun = told.slice(end);
      return endLine(told.slice(0, end), CUT_LINE_END);
    },
    end() {
      const told = begun + stream.end();
      begun = '';
      return endLine(told, '\n');
    },
  };
}

/** The text with this end, unless it has no line that needs one. */
function endLine(text: string, lineEnd: string): string {
  return text === '' || text.endsWith('\n') ? text : text + lineEnd;
}
