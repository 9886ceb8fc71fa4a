const PLAIN_WORD = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** A program call that a shell reads back as exactly these words. */
export function quoteCall(file: string, words: readonly string[]): string {
  // Before the command, NAME=value would set a variable.
  const command = file.includes('=') ? quoteSingly(file) : quoteWord(file);
  return [command, ...words.map(quoteWord)].join(' ');
}

/** One word for a POSIX shell; one with control characters for bash, zsh and ksh. */
export function quoteWord(word: string): string {
  if (PLAIN_WORD.test(word)) return word;
  return /\p{Cc}/u.test(word) ? quoteControls(word) : quoteSingly(word);
}

function quoteSingly(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** What is printed must not move a cursor either. */
function quoteControls(word: string): string {
  const escaped = word
    .replaceAll(/['\\]/g, (letter) => `\\${letter}`)
    .replaceAll(/\p{Cc}/gu, (letter) =>
      letter === '\n'
        ? '\\n'
        : letter === '\t'
          ? '\\t'
          : `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  return `$'${escaped}'`;
}
