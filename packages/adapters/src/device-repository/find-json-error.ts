const TOKEN =
  /\s*(?:([{}[\]:,])|("(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/uy;

type Expected = 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'colon' | 'comma-or-end';

/**
 * Offset of the first character at which the text stops being JSON, for texts that `JSON.parse` refused: its message
 * does not always tell where. The length of the text when it ends too early.
 */
export function findJsonError(text: string): number {
  const open: ('{' | '[')[] = [];
  let expected: Expected = 'value';
  let offset = 0;
  for (;;) {
    TOKEN.lastIndex = offset;
    const match = TOKEN.exec(text);
    const isDone = open.length === 0 && expected === 'comma-or-end';
    if (match === null || isDone) return offset + leadingSpace(text.slice(offset));
    const next = step(open, expected, match[1] ?? match[2] ?? '');
    if (next === undefined) return offset + leadingSpace(text.slice(offset));
    expected = next;
    offset = TOKEN.lastIndex;
  }
}

function leadingSpace(text: string): number {
  return text.length - text.trimStart().length;
}

/** What may follow after the token; undefined when it may not stand there. Keeps `open` up to date. */
function step(open: ('{' | '[')[], expected: Expected, token: string): Expected | undefined {
  const takesValue = expected === 'value' || expected === 'value-or-end';
  const inside = open.at(-1);
  if (token === '{' || token === '[') {
    if (!takesValue) return undefined;
    open.push(token);
    return token === '{' ? 'key-or-end' : 'value-or-end';
  }
  if (token === '}' || token === ']') {
    const mayEnd = expected.endsWith('-or-end') && inside === (token === '}' ? '{' : '[');
    if (mayEnd) open.pop();
    return mayEnd ? 'comma-or-end' : undefined;
  }
  if (token === ':') return expected === 'colon' ? 'value' : undefined;
  if (token === ',') {
    if (expected !== 'comma-or-end' || inside === undefined) return undefined;
    return inside === '{' ? 'key' : 'value';
  }
  if (takesValue) return 'comma-or-end';
  const isKey = (expected === 'key' || expected === 'key-or-end') && token.startsWith('"');
  return isKey ? 'colon' : undefined;
}
