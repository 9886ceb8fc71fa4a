/** The words of one line, or why it has none. */
export type SplitWords =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'unclosed'; readonly quote: string };

const BLANK = /\s/;
/** What a backslash protects inside double quotes; before anything else it stands for itself. */
const PROTECTED = /["\\$`]/;

interface Reading {
  readonly words: string[];
  /** The word being read; undefined between words, so that `''` is a word of its own. */
  word: string | undefined;
  quote: string | undefined;
}

/**
 * Splits text into words by the quoting rules of a POSIX shell, without any expansion: `$NAME`, `*` and `~` stay as they
 * are. Single quotes keep everything, double quotes all but a backslash before `"`, `\`, `$` and a backtick.
 */
export function splitWords(text: string): SplitWords {
  const reading: Reading = { words: [], word: undefined, quote: undefined };
  const letters = [...text];
  for (let index = 0; index < letters.length; index += 1) {
    index += readLetter(reading, letters[index] ?? '', letters[index + 1]);
  }
  if (reading.quote !== undefined) return { kind: 'unclosed', quote: reading.quote };
  endWord(reading);
  return { kind: 'words', words: reading.words };
}

/** Takes one letter in; returns how many of those after it are used up. */
function readLetter(reading: Reading, letter: string, next: string | undefined): 0 | 1 {
  const { quote } = reading;
  if (quote === undefined && BLANK.test(letter)) {
    endWord(reading);
    return 0;
  }
  reading.word ??= '';
  if (letter === quote) {
    reading.quote = undefined;
    return 0;
  }
  if (quote === undefined && (letter === '"' || letter === "'")) {
    reading.quote = letter;
    return 0;
  }
  if (letter === '\\' && protects(quote, next)) {
    reading.word += next ?? '';
    return 1;
  }
  reading.word += letter;
  return 0;
}

function protects(quote: string | undefined, next: string | undefined): boolean {
  if (next === undefined || quote === "'") return false;
  return quote === undefined || PROTECTED.test(next);
}

function endWord(reading: Reading): void {
  if (reading.word !== undefined) reading.words.push(reading.word);
  reading.word = undefined;
}
