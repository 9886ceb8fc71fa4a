import { MalformedQuery } from './server-refusals.ts';

/** A condition on a row: evaluated by `holds`, which knows how to follow names. */
export type Filter =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Filter[] }
  | { readonly kind: 'not'; readonly part: Filter }
  | {
      readonly kind: 'compare';
      readonly path: readonly string[];
      readonly operator: string;
      readonly values: readonly Literal[];
    }
  | { readonly kind: 'any'; readonly path: readonly string[]; readonly alias: string; readonly part: Filter };

export type Literal = string | number | boolean | null;

const TOKEN = /\s*(datetime'(?:[^']|'')*'|'(?:[^']|'')*'|[A-Za-z_@$][\w$]*|-?[0-9.]+|[()/,:])/y;

/** Reads the `$filter` of a query: the operators that clients of releases use. Throws `MalformedQuery` on anything else. */
export function parseFilter(text: string): Filter {
  const tokens = tokensOf(text);
  let at = 0;
  const peek = () => tokens[at];
  const take = () => {
    const token = tokens[at];
    if (token === undefined) throw new MalformedQuery(`$filter ends too early: ${text}`);
    at += 1;
    return token;
  };
  const expect = (wanted: string) => {
    const found = take();
    if (found !== wanted) throw new MalformedQuery(`$filter has ${found} instead of ${wanted}: ${text}`);
  };
  const list = (kind: 'and' | 'or', part: () => Filter): Filter => {
    const parts = [part()];
    while (peek() === kind) {
      take();
      parts.push(part());
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind, parts };
  };
  const disjunction = (): Filter => list('or', () => list('and', single));
  const single = (): Filter => {
    if (peek() === 'not') {
      take();
      return { kind: 'not', part: single() };
    }
    if (peek() !== '(') return condition();
    take();
    const inner = disjunction();
    expect(')');
    return inner;
  };
  const condition = (): Filter => {
    const path = [take()];
    while (peek() === '/') {
      take();
      const name = take();
      if (name === 'any' && peek() === '(') return lambda(path);
      path.push(name);
    }
    const operator = take();
    if (operator !== 'in') return { kind: 'compare', path, operator, values: [literalOf(take())] };
    expect('(');
    const values = [literalOf(take())];
    while (peek() === ',') {
      take();
      values.push(literalOf(take()));
    }
    expect(')');
    return { kind: 'compare', path, operator: 'eq', values };
  };
  const lambda = (path: readonly string[]): Filter => {
    expect('(');
    const alias = take();
    expect(':');
    const part = disjunction();
    expect(')');
    return { kind: 'any', path, alias, part };
  };
  const filter = disjunction();
  if (at < tokens.length) throw new MalformedQuery(`$filter goes on with ${peek()}: ${text}`);
  return filter;
}

function tokensOf(text: string): readonly string[] {
  const tokens: string[] = [];
  const pattern = new RegExp(TOKEN);
  for (let end = 0; text.slice(end).trim() !== ''; end = pattern.lastIndex) {
    pattern.lastIndex = end;
    const match = pattern.exec(text);
    if (match?.[1] === undefined) throw new MalformedQuery(`$filter cannot be read at ${end}: ${text}`);
    tokens.push(match[1]);
  }
  return tokens;
}

function literalOf(token: string): Literal {
  if (token === 'null') return null;
  if (token === 'true' || token === 'false') return token === 'true';
  const quoted = /^(?:datetime)?'(.*)'$/s.exec(token)?.[1];
  return quoted === undefined ? Number(token) : quoted.replaceAll("''", "'");
}
