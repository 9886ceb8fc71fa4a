import { stripVTControlCharacters } from 'node:util';

/**
 * Breaks text at spaces into lines of at most `width` characters; a longer word keeps a line of its own.
 * Lines after the first start with `indent`.
 */
export function wrapText(text: string, width: number, indent = ''): string {
  return text
    .split('\n')
    .map((line) => wrapLine(line, width, indent))
    .join('\n');
}

/** At most `limit` bytes of one line, with a note of how much was cut: CI logs choke on endless lines. */
export function clipLine(line: string, limit = 8 * 1024): string {
  const bytes = Buffer.byteLength(line);
  if (bytes <= limit) return line;
  const note = ` … (${bytes} bytes, cut)`;
  // A multi-byte character at the border decodes to U+FFFD; drop it.
  const kept = Buffer.from(line)
    .subarray(0, limit - Buffer.byteLength(note))
    .toString('utf8')
    .replace(/\uFFFD+$/, '');
  return `${kept}${note}`;
}

/** The line cut to `width` characters, the last of them `…` when something is missing. For text without colours. */
export function cutToWidth(line: string, width: number): string {
  const letters = [...line];
  return letters.length <= width ? line : `${letters.slice(0, Math.max(0, width - 1)).join('')}…`;
}

/**
 * The line without control characters (colours, cursor moves, carriage returns): what a tool prints must not move our
 * cursor. Tabs become spaces.
 */
export function plainLine(line: string): string {
  return stripVTControlCharacters(line)
    .replaceAll('\t', '  ')
    .replace(/\p{Cc}/gu, '');
}

function wrapLine(line: string, width: number, indent: string): string {
  if (line.length <= width) return line;
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(' ')) {
    const joined = current === '' ? word : `${current} ${word}`;
    if (joined.length <= width || current.trim() === '') {
      current = joined;
      continue;
    }
    lines.push(current);
    current = `${indent}${word}`;
  }
  return [...lines, current].join('\n');
}
