const ESCAPE = '\u001b';
const BELL = '\u0007';

/** Longer than any line that bitbake draws; of a longer one the rest keeps its codes. */
const MAX_STRIPPED = 64 * 1024;

/** Whether a line has what only a terminal understands; nearly none has. */
export function isDrawn(line: string): boolean {
  return line.includes(ESCAPE) || line.includes('\r');
}

/**
 * The lines that a terminal line was: colours, cursor movement and links taken out, cut where the cursor went back to
 * the left edge. A line without escapes and returns is not copied.
 */
export function stripTerminal(line: string): readonly string[] {
  if (!isDrawn(line)) return [line];
  const bare = withoutEscapes(line.slice(0, MAX_STRIPPED));
  const parts = bare.split('\r').filter((part) => part !== '');
  return parts.length === 0 ? [''] : parts;
}

function withoutEscapes(text: string): string {
  let bare = '';
  for (let at = 0; at < text.length; ) {
    const next = text.indexOf(ESCAPE, at);
    if (next === -1) return bare + text.slice(at);
    bare += text.slice(at, next);
    at = endOfEscape(text, next);
  }
  return bare;
}

/** Index after the escape sequence that begins at `at`. */
function endOfEscape(text: string, at: number): number {
  switch (text[at + 1]) {
    case '[': {
      let end = at + 2;
      while (end < text.length && !isFinal(text.charCodeAt(end))) end += 1;
      return end + 1;
    }
    case ']':
      return endOfCommand(text, at + 2);
    case '(':
    case ')':
      return at + 3;
    default:
      return at + 2;
  }
}

/** Ends a control sequence: `@` to `~`. */
const isFinal = (code: number): boolean => code >= 0x40 && code <= 0x7e;

/** An operating system command (a link, a title) ends with a bell or with `ESC \`. */
function endOfCommand(text: string, from: number): number {
  const bell = text.indexOf(BELL, from);
  const terminator = text.indexOf(`${ESCAPE}\\`, from);
  if (bell === -1 && terminator === -1) return text.length;
  if (bell !== -1 && (terminator === -1 || bell < terminator)) return bell + 1;
  return terminator + 2;
}
