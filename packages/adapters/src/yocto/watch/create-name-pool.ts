import { keepText } from './kept-text.ts';

const MAX_NAMES = 50_000;
const MAX_NAME = 300;

/** Gives names that may be kept: one copy of each, cut to 300 characters, that holds on to no block of output. */
export function createNamePool(): (name: string) => string {
  const names = new Map<string, string>();
  return (name) => {
    const known = names.get(name);
    if (known !== undefined) return known;
    const kept = keepText(name, MAX_NAME);
    if (names.size < MAX_NAMES) names.set(kept, kept);
    return kept;
  };
}
