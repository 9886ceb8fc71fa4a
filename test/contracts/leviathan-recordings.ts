import { readdirSync } from 'node:fs';

/** Names of all recordings of the core. */
export const RECORDINGS: readonly string[] = readdirSync(new URL('../fixtures/leviathan/', import.meta.url))
  .filter((name) => name.endsWith('.jsonl') && !name.startsWith('worker-'))
  .map((name) => name.slice(0, -'.jsonl'.length))
  .sort();
