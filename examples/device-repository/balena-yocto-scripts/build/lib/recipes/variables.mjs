/** What is wrong in a file of the repository; the build stops with its text. */
export class RecipeError extends Error {
  name = 'RecipeError';
}

const ASSIGNMENT = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_-]*)\s*(\?\?=|\?=|:=|\+=|\.=|=)\s*(["'])(.*)\3\s*$/;

/**
 * Reads the assignments of a configuration file or recipe, lines joined at a trailing backslash.
 * @returns {{ name: string, operator: string, value: string }[]}
 * @throws {RecipeError} naming file and line of what is no assignment
 */
export function parseAssignments(text, file) {
  const assignments = [];
  let [pending, startLine] = ['', 0];
  for (const [index, line] of text.split('\n').entries()) {
    if (pending === '') startLine = index + 1;
    if (line.endsWith('\\') && !line.startsWith('#')) {
      pending += line.slice(0, -1);
      continue;
    }
    const whole = (pending + line).trim();
    pending = '';
    if (whole === '' || whole.startsWith('#')) continue;
    const match = ASSIGNMENT.exec(whole);
    if (match === null)
      throw new RecipeError(`ParseError at ${file}:${startLine}: unparsed line: '${whole}'`);
    assignments.push({ name: match[1], operator: match[2], value: withoutEscapes(match[4]) });
  }
  if (pending !== '') throw new RecipeError(`ParseError at ${file}:${startLine}: the last line has no end`);
  return assignments;
}

function withoutEscapes(value) {
  return value.replaceAll(/\\(["\\])/g, '$1');
}

/** A copy of `variables` with the assignments applied in order. */
export function assign(variables, assignments) {
  const result = new Map(variables);
  for (const { name, operator, value } of assignments) {
    const before = result.get(name);
    if (operator === '+=') result.set(name, before === undefined ? value : `${before} ${value}`);
    else if (operator === '.=') result.set(name, (before ?? '') + value);
    else if (operator.startsWith('?')) result.set(name, before ?? value);
    else result.set(name, value);
  }
  return result;
}

/** The value of a variable with every ${NAME} in it filled in; undefined when it is not set. */
export function findValue(variables, name, depth = 0) {
  const raw = variables.get(name);
  if (raw === undefined || depth > 20) return raw;
  return raw.replaceAll(
    /\$\{([A-Za-z0-9_-]+)\}/g,
    (whole, inner) => findValue(variables, inner, depth + 1) ?? whole,
  );
}

export function getValue(variables, name, where) {
  const value = findValue(variables, name);
  if (value === undefined || value === '') throw new RecipeError(`${where}: ${name} is not set`);
  return value;
}

export function wordsOf(variables, name) {
  return (findValue(variables, name) ?? '').split(/\s+/).filter((word) => word !== '');
}
