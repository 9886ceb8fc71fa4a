import type { TestMatrixEntry } from './test-matrix.ts';

type UnnamedEntry = Omit<TestMatrixEntry, 'id'>;

/**
 * Gives every entry an id that is unique in the matrix: the suite, with as many of worker, environment and image
 * as it takes to tell it from the others, and a number when nothing does.
 */
export function nameCombinations(entries: readonly UnnamedEntry[]): readonly TestMatrixEntry[] {
  const candidates = entries.map(candidatesOf);
  const taken = new Set<string>();
  return entries.map((entry, index) => {
    const own = candidates[index] ?? [];
    const others = candidates.filter((_, other) => other !== index).flat();
    const wanted = own.find((candidate) => !others.includes(candidate)) ?? own.at(-1) ?? entry.suite;
    const id = withNumber(wanted, taken);
    taken.add(id);
    return { id, ...entry };
  });
}

function candidatesOf(entry: UnnamedEntry): readonly string[] {
  const image = entry.secureBoot === true ? 'secure-boot' : undefined;
  const words = [entry.suite, entry.worker, entry.environment, entry.testImage, image].filter(
    (word) => word !== undefined,
  );
  return words.map((_, index) => asName(words.slice(0, index + 1).join('-')));
}

function withNumber(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  const number = Array.from({ length: taken.size + 2 }, (_, index) => index + 2).find(
    (n) => !taken.has(`${name}-${n}`),
  );
  return `${name}-${number}`;
}

function asName(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9._-]+/g, '-');
}
