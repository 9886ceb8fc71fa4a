const BEGIN = '# osrel: begin';
const END = '# osrel: end';
const WARNING = '# written by osrel for each build; change osrel.yml instead';

/**
 * The file's text with osrel's block in it: replaced where it stands, appended at the end otherwise. Lines outside
 * are kept byte for byte. An empty body removes the block.
 */
export function withManagedBlock(text: string, body: string): string {
  const { before, after } = splitAtBlock(text);
  if (body === '') return before + after;
  const start = before === '' || before.endsWith('\n') ? before : `${before}\n`;
  return `${start}${BEGIN}\n${WARNING}\n${body}\n${END}\n${after}`;
}

/** The lines around osrel's block; without a block everything is before it. A block that was cut short ends at the file's end. */
export function splitAtBlock(text: string): { readonly before: string; readonly after: string } {
  const begin = lineStart(text, BEGIN, 0);
  if (begin === -1) return { before: text, after: '' };
  const end = lineStart(text, END, begin);
  if (end === -1) return { before: text.slice(0, begin), after: '' };
  const next = text.indexOf('\n', end);
  return { before: text.slice(0, begin), after: next === -1 ? '' : text.slice(next + 1) };
}

/** Where a line begins that holds exactly `line`. */
function lineStart(text: string, line: string, from: number): number {
  for (let at = text.indexOf(line, from); at !== -1; at = text.indexOf(line, at + 1)) {
    const startsLine = at === 0 || text[at - 1] === '\n';
    const after = text[at + line.length];
    if (startsLine && (after === undefined || after === '\n' || after === '\r')) return at;
  }
  return -1;
}
