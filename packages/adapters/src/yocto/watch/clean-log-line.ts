import { stripTerminal } from './strip-terminal.ts';

/** Wide enough for a compiler's message, and no wall of text. */
const MAX_CHARACTERS = 300;
/** More than is shown, for what cleaning takes away. */
const MAX_CLEANED = 4 * MAX_CHARACTERS;
/** Control characters, and marks that change the direction of what follows them. */
const UNSAFE = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** A line of a log as it may be shown: no colours, no control characters, at most 300 characters. */
export function cleanLogLine(line: string): string {
  const part = stripTerminal(line.slice(0, MAX_CLEANED)).at(-1) ?? '';
  const clean = part.replaceAll('\t', '  ').replaceAll(UNSAFE, '').trimEnd();
  return clean.length > MAX_CHARACTERS ? `${clean.slice(0, MAX_CHARACTERS - 3)}...` : clean;
}
