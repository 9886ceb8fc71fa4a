/** A statement of a bitbake configuration file that gives a variable a value. */
export interface ConfStatement {
  /** With its overrides: `MIRRORS:append`. */
  readonly name: string;
  readonly operator: '=' | ':=' | '?=' | '??=' | '+=' | '=+' | '.=' | '=.';
  /** As written, without quotes, unexpanded. */
  readonly value: string;
  /** The file as it is to be shown, and the line the statement begins at. */
  readonly file: string;
  readonly line: number;
}

export interface ConfInclude {
  /** As written: relative to bitbake's search path, or absolute. */
  readonly path: string;
  readonly line: number;
}

export type ConfLine =
  | ({ readonly kind: 'statement' } & ConfStatement)
  | ({ readonly kind: 'include' } & ConfInclude);

// The pattern of bitbake's own parser, in which the first operator after the name counts.
const STATEMENT =
  /^(?:export\s+)?([A-Za-z0-9_+.${}/~:-]+?)\s*(:=|\?\?=|\?=|\+=|=\+|=\.|\.=|=)\s*(["'])(.*)\3$/;
const INCLUDE = /^(?:include|require)\s+(\S.*)$/;

/**
 * The assignments and includes of a configuration file, in order. Flags (`NAME[doc]`), comments, functions and
 * malformed lines are left out: bitbake itself complains of the last.
 */
export function parseConfLines(text: string, file: string): readonly ConfLine[] {
  return joinedLines(text).flatMap(({ text: content, line }): readonly ConfLine[] => {
    const include = INCLUDE.exec(content)?.[1];
    if (include !== undefined) return [{ kind: 'include', path: include, line }];
    const [, name = '', operator = '', , value = ''] = STATEMENT.exec(content) ?? [];
    if (!isOperator(operator)) return [];
    return [{ kind: 'statement', name, operator, value, file, line }];
  });
}

function isOperator(text: string): text is ConfStatement['operator'] {
  return ['=', ':=', '?=', '??=', '+=', '=+', '.=', '=.'].includes(text);
}

/** Lines that end in a backslash go on in the next one; those that begin with `#` are comments. */
function joinedLines(text: string): readonly { readonly text: string; readonly line: number }[] {
  const joined: { text: string; line: number }[] = [];
  let open: { text: string; line: number } | undefined;
  for (const [index, raw] of text.split(/\r\n|[\r\n]/).entries()) {
    const content = raw.trimEnd();
    const current = open ?? { text: '', line: index + 1 };
    current.text += content.endsWith('\\') ? content.slice(0, -1) : content;
    open = content.endsWith('\\') ? current : undefined;
    if (open === undefined) joined.push(current);
  }
  if (open !== undefined) joined.push(open);
  return joined.filter((line) => line.text.trim() !== '' && !line.text.startsWith('#'));
}
