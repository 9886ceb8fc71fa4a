/** Reads a key path as `formatKeyPath` writes it: `tests.matrix[0]["x y"].suite`. Never throws. */
export function parseKeyPath(text: string): readonly (string | number)[] {
  const parts = text.matchAll(/\[([0-9]+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g);
  return [...parts].map(([, index, quoted, name]) => {
    if (index !== undefined) return Number(index);
    return quoted === undefined ? (name ?? '') : unquoted(quoted);
  });
}

function unquoted(text: string): string {
  const parsed: unknown = JSON.parse(text);
  return String(parsed);
}
