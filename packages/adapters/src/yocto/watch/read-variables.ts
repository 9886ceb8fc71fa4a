/**
 * The final values of some variables out of the event log's line of all variables, by name; absent ones are left out,
 * and so are those without a text. The line (`{"allvariables": {"NAME": {"v": "value", ...}}}`) is searched, not parsed:
 * it is megabytes, and what was not asked for must not come out of it. Never throws.
 */
export function readVariables(line: string, names: readonly string[]): Readonly<Record<string, string>> {
  const found = names.flatMap((name) => {
    const value = findValue(line, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(found);
}

function findValue(line: string, name: string): string | undefined {
  // Inside a value every quote is escaped, so this can only be a key of the document.
  const key = `${JSON.stringify(name)}: {"v": "`;
  const at = line.indexOf(key);
  if (at === -1) return undefined;
  const start = at + key.length - 1;
  const end = endOfText(line, start + 1);
  if (end === -1) return undefined;
  try {
    const value: unknown = JSON.parse(line.slice(start, end + 1));
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Index of the quote that ends the JSON text which begins at `from`; -1 when there is none. */
function endOfText(line: string, from: number): number {
  for (let at = from; at < line.length; at += 1) {
    if (line[at] === '\\') at += 1;
    else if (line[at] === '"') return at;
  }
  return -1;
}
