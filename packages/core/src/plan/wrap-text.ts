/** Characters that move a terminal's cursor, ring, hide or reorder text: C0, C1, line separators and bidi controls. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/**
 * One paragraph as lines of at most `width` characters: white space is one blank, control characters are dropped (names
 * of branches and titles come from strangers), and a word that is longer than a line is cut.
 */
export function wrapText(text: string, width: number): readonly string[] {
  const words = printable(text)
    .split(' ')
    .flatMap((word) => cutWord(word, width))
    .filter((word) => word !== '');
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return line === '' ? lines : [...lines, line];
}

function printable(text: string): string {
  return text.replace(/\s+/g, ' ').replace(UNPRINTABLE, '').trim();
}

function cutWord(word: string, width: number): readonly string[] {
  if (word.length <= width) return [word];
  return [word.slice(0, width), ...cutWord(word.slice(width), width)];
}
