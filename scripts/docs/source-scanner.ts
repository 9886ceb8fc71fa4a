/** One call in a source text: its arguments as they are written. */
export interface Call {
  readonly name: string;
  readonly arguments: readonly string[];
  /** Offset of the name in the text. */
  readonly offset: number;
}

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** Calls of the named functions; declarations, imports, comments and string contents are none. */
export function findCalls(text: string, names: readonly string[]): readonly Call[] {
  const code = blankComments(text);
  const pattern = new RegExp(`(?<![\\w.$])(?:${names.join('|')})\\(`, 'g');
  return [...code.matchAll(pattern)]
    .filter(({ index }) => !/function\s+$/.test(code.slice(Math.max(0, index - 20), index)))
    .map((match) => ({
      name: match[0].slice(0, -1),
      arguments: splitArguments(code, match.index + match[0].length),
      offset: match.index,
    }));
}

/** The text with comments made blank; offsets and lines stay. */
export function blankComments(text: string): string {
  let blank = '';
  let at = 0;
  while (at < text.length) {
    const next = skipToken(text, at);
    const token = text.slice(at, next);
    const isComment = token.startsWith('//') || token.startsWith('/*');
    blank += isComment ? token.replaceAll(/[^\n]/g, ' ') : token;
    at = next;
  }
  return blank;
}

/** Splits from behind an opening bracket to its closing one, at the commas of this level. */
export function splitArguments(text: string, from: number): readonly string[] {
  const found: string[] = [];
  let start = from;
  let at = from;
  while (at < text.length) {
    const character = text[at] ?? '';
    if (character === ')' || character === ',') {
      found.push(text.slice(start, at).trim());
      if (character === ')') return found.filter((each) => each !== '');
      start = at + 1;
    }
    at = CLOSING[character] === undefined ? skipToken(text, at) : skipBrackets(text, at);
  }
  return found;
}

function skipBrackets(text: string, from: number): number {
  const closing = CLOSING[text[from] ?? ''];
  let at = from + 1;
  while (at < text.length && text[at] !== closing)
    at = CLOSING[text[at] ?? ''] === undefined ? skipToken(text, at) : skipBrackets(text, at);
  return at + 1;
}

/** End of the string, template, comment or single character that begins here. */
function skipToken(text: string, from: number): number {
  const two = text.slice(from, from + 2);
  if (two === '//') return endOf(text, '\n', from);
  if (two === '/*') return endOf(text, '*/', from + 2) + 2;
  const character = text[from];
  if (character === "'" || character === '"') return skipQuoted(text, from, character);
  if (character === '`') return skipTemplate(text, from);
  return isRegExpStart(text, from) ? skipRegExp(text, from) : from + 1;
}

function endOf(text: string, mark: string, from: number): number {
  const end = text.indexOf(mark, from);
  return end === -1 ? text.length : end;
}

function skipQuoted(text: string, from: number, quote: string): number {
  let at = from + 1;
  while (at < text.length && text[at] !== quote) at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function skipTemplate(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== '`') {
    if (text[at] === '\\') at += 2;
    else if (text.startsWith('${', at)) at = skipBrackets(text, at + 1);
    else at += 1;
  }
  return at + 1;
}

// In formatted code a regular expression follows one of these; a division follows a value.
function isRegExpStart(text: string, from: number): boolean {
  return (
    text[from] === '/' && /(^|[(,=:[!&|?{;\n]|return)\s*$/.test(text.slice(Math.max(0, from - 40), from))
  );
}

function skipRegExp(text: string, from: number): number {
  let inClass = false;
  let at = from + 1;
  while (at < text.length && (inClass || text[at] !== '/') && text[at] !== '\n') {
    if (text[at] === '[') inClass = true;
    if (text[at] === ']') inClass = false;
    at += text[at] === '\\' ? 2 : 1;
  }
  return at + 1;
}
