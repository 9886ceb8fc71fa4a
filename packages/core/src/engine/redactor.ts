import { listSecretForms, SHORTEST_SECRET } from './secret-forms.ts';
import { createTextSearcher, type TextSearcher } from './text-searcher.ts';

const REPLACEMENT = '***';

/** Removes secrets from text. */
export interface Redactor {
  /** The text with every form of every secret replaced by `***`; overlapping ones become a single `***`. */
  text(text: string): string;
  /** The same for text that comes in chunks, wherever they are cut; the joined output equals that of `text`. */
  stream(): RedactionStream;
  /** Secrets too short to be looked for (under six characters), so that the caller can warn by their names. */
  readonly ignored: readonly string[];
}

export interface RedactionStream {
  /** Gives what can be told now; only a possible beginning of a secret is held back. */
  push(chunk: string): string;
  /** Gives the rest. The stream may be used again afterwards. */
  end(): string;
}

/** `secrets` are values; see `listSecretForms` for the forms that are recognised. */
export function createRedactor(secrets: readonly string[]): Redactor {
  const isLongEnough = (secret: string) => secret.trim().length >= SHORTEST_SECRET;
  const searcher = createTextSearcher(secrets.filter(isLongEnough).flatMap(listSecretForms));
  return {
    text: (text) => redact(searcher, { text, covered: 0, until: text.length }).output,
    stream: () => createStream(searcher),
    ignored: secrets.filter((secret) => secret !== '' && !isLongEnough(secret)),
  };
}

function createStream(searcher: TextSearcher): RedactionStream {
  let held = '';
  // How many characters at the front of `held` belong to a secret whose asterisks have been given already.
  let covered = 0;

  function give(text: string, until: number): string {
    const { output, end } = redact(searcher, { text, covered, until });
    held = text.slice(until);
    covered = Math.max(0, end - until);
    return output;
  }

  return {
    push(chunk) {
      const text = held === '' ? chunk : held + chunk;
      return give(text, searcher.findOpenEnd(text));
    },
    end() {
      const output = give(held, held.length);
      covered = 0;
      return output;
    },
  };
}

interface Portion {
  readonly text: string;
  /** Characters at the front that are replaced already. */
  readonly covered: number;
  /** Where the portion ends; secrets that begin behind it are left for later. */
  readonly until: number;
}

/** The redacted portion, and the end of the last secret in it (which may lie behind the portion). */
function redact(
  searcher: TextSearcher,
  { text, covered, until }: Portion,
): { readonly output: string; readonly end: number } {
  let output = '';
  let end = covered;
  let match = searcher.findNext(text, 0);
  while (match !== undefined && match.start < until) {
    if (match.start >= end) {
      // A secret that only touches the one before gets asterisks of its own.
      output += text.slice(end, match.start) + REPLACEMENT;
    }
    end = Math.max(end, match.end);
    match = searcher.findNext(text, match.start + 1);
  }
  return { output: output + text.slice(end, Math.max(end, until)), end };
}
