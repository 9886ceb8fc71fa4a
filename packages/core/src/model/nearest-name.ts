/**
 * The known name closest to `word`, for "did you mean": at most a third of its letters (and at least two)
 * may differ, capitals, dashes and underscores count for nothing. Undefined when none is close.
 */
export function findNearestName(word: string, known: readonly string[]): string | undefined {
  const limit = Math.max(2, Math.floor(word.length / 3));
  const ranked = known
    .map((name) => ({ name, distance: editDistance(fold(word), fold(name)) }))
    .filter(({ distance, name }) => distance <= limit && distance < name.length)
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.name;
}

function fold(word: string): string {
  return word.toLowerCase().replaceAll(/[-_]/g, '');
}

/** Levenshtein distance, one row at a time. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [rowIndex, letter] of [...from].entries()) {
    const next = [rowIndex + 1];
    for (const [column, other] of [...to].entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
