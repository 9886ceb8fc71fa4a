import { type Filter, parseFilter } from './odata-filter.ts';
import { MalformedQuery } from './server-refusals.ts';

export interface Query {
  readonly select: readonly string[] | undefined;
  readonly expand: Readonly<Record<string, Query>>;
  readonly filter: Filter | undefined;
  readonly orderBy: { readonly column: string; readonly descending: boolean } | undefined;
  readonly top: number | undefined;
  readonly skip: number;
}

const OPTIONS = ['$select', '$expand', '$filter', '$orderby', '$top', '$skip'];

/** Reads the OData options of a URL. Throws `MalformedQuery` on what it does not know. */
export function parseQuery(search: string): Query {
  const options = search
    .replace(/^\?/, '')
    .split('&')
    .filter((each) => each !== '');
  for (const option of options) checkStructure(option);
  return queryOf(options.map((each) => decodeURIComponent(each)));
}

/** What separates names has to come as it is; only values, in quotes, may be percent-encoded. */
function checkStructure(option: string): void {
  const structure = option.replaceAll('%27', "'").replaceAll(/'[^']*'/g, '');
  if (/%(?:28|29|2c|3b|3d)/i.test(structure)) throw new MalformedQuery(option);
}

function queryOf(options: readonly string[]): Query {
  const named = new Map(
    options.map((option) => {
      const end = option.indexOf('=');
      return [option.slice(0, end), option.slice(end + 1)] as const;
    }),
  );
  if ([...named.keys()].some((name) => !OPTIONS.includes(name))) throw new MalformedQuery();
  const filter = named.get('$filter');
  const orderBy = named.get('$orderby')?.split(' ');
  const top = named.get('$top');
  const expands = splitOutside(named.get('$expand') ?? '', ',').map(expandOf);
  return {
    select: named.get('$select')?.split(',').map(nameOf),
    expand: Object.fromEntries(expands),
    filter: filter === undefined ? undefined : parseFilter(filter),
    orderBy:
      orderBy?.[0] === undefined ? undefined : { column: orderBy[0], descending: orderBy[1] === 'desc' },
    top: top === undefined ? undefined : Number(top),
    skip: Number(named.get('$skip') ?? 0),
  };
}

function nameOf(text: string): string {
  if (!/^[a-z_]+$/i.test(text)) throw new MalformedQuery(text);
  return text;
}

function expandOf(text: string): readonly [string, Query] {
  const match = /^([a-z_]+)(?:\((.*)\))?$/s.exec(text.trim());
  if (match?.[1] === undefined) throw new MalformedQuery(`$expand cannot be read: ${text}`);
  return [match[1], queryOf(splitOutside(match[2] ?? '', ';'))];
}

/** Splits where the separator is in no parentheses and no quotes. */
function splitOutside(text: string, separator: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let begin = 0;
  for (const [index, character] of [...text].entries()) {
    if (character === "'") quoted = !quoted;
    if (quoted) continue;
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (character !== separator || depth > 0) continue;
    parts.push([...text].slice(begin, index).join(''));
    begin = index + 1;
  }
  const last = [...text].slice(begin).join('');
  return last === '' ? parts : [...parts, last];
}
