/** One line of a bitbake configuration file: `NAME = "value"`, with its name's overrides (`MIRRORS:append`). */
export interface Assignment {
  readonly name: string;
  /** `=` sets, `+=` adds words to what others set. */
  readonly operator: '=' | '+=';
  /** As bitbake is to have it, on one line or more; `${NAME}` in it is expanded by bitbake. */
  readonly value: string;
}

/** How a variable is given an override: `NAME:append` since honister, `NAME_append` before. */
export type OverrideSyntax = 'colon' | 'underscore';

/** The assignment as a line of `auto.conf`, without its line end. */
export function renderAssignment({ name, operator, value }: Assignment): string {
  return `${name} ${operator} ${quoteValue(value)}`;
}

/** Of several, one below the other, without a last line end: what osrel's block in `conf/auto.conf` holds. */
export function renderAssignments(assignments: readonly Assignment[]): string {
  return assignments.map(renderAssignment).join('\n');
}

/**
 * The value between quotes, so that bitbake (1.46 to 2.19) reads exactly it. bitbake knows no escapes: a value with
 * double quotes goes between single ones, and what cannot stand in a line at all (line ends, the second kind of
 * quote) becomes inline Python. `${NAME}` stays and is expanded, as users of bitbake expect.
 */
export function quoteValue(value: string): string {
  const oneLine = value.replaceAll(/[\r\n]/g, (end) => inlinePython(end));
  if (!oneLine.includes('"')) return `"${oneLine}"`;
  if (!oneLine.includes("'")) return `'${oneLine}'`;
  return `"${oneLine.replaceAll('"', inlinePython('"'))}"`;
}

function inlinePython(character: string): string {
  return `\${@chr(${character.charCodeAt(0)})}`;
}
