import { badConfig, type Problem } from '@osrel/core';
import { type Document, LineCounter, parseDocument, type YAMLParseError, type YAMLWarning } from 'yaml';
import { createLineIndex } from './config-lines.ts';

/** A configuration file, parsed but not judged. */
export interface ConfigDocument {
  /** Name for messages: `osrel.yml`. */
  readonly file: string;
  /** Undefined when the file says nothing. */
  readonly document: unknown;
  readonly lineOf: (path: readonly PropertyKey[]) => number | undefined;
}

// A hand-written file repeats a block a few times; a bomb does so thousands of times.
const MOST_ALIASES = 100;

const MOST_MISTAKES = 20;
const STACK_EXHAUSTED = 'Maximum call stack size exceeded';

/**
 * Parses YAML 1.2. Throws config `config.syntax` with every mistake (the first 20) at its `line:column`, and
 * `config.too-nested` for a text that contains itself or is made to exhaust memory or stack.
 */
export function parseYamlConfig(text: string, file: string): ConfigDocument {
  const lines = new LineCounter();
  const parsed = withinLimits(file, () => parseDocument(text, { ...OPTIONS, lineCounter: lines }));
  const mistakes = [...parsed.errors, ...parsed.warnings];
  if (mistakes.some(({ message }) => message === STACK_EXHAUSTED)) throw tooNested(file, STACK_EXHAUSTED);
  if (mistakes.length > 0) throw syntaxErrors(file, problemsOf(mistakes, lines, file));
  const document: unknown = withinLimits(file, () => plainValue(parsed));
  return { file, document: document ?? undefined, lineOf: createLineIndex(parsed, lines) };
}

const OPTIONS = { prettyErrors: false, version: '1.2', merge: true, logLevel: 'error' } as const;

function problemsOf(
  mistakes: readonly (YAMLParseError | YAMLWarning)[],
  lines: LineCounter,
  file: string,
): readonly Problem[] {
  const problems = mistakes.map(({ pos, code, message }) => {
    const { line, col } = lines.linePos(pos[0]);
    const words = code === 'MULTIPLE_DOCS' ? 'a second document begins here; there may be only one' : message;
    return { at: `${file}:${line}:${col}`, message: words };
  });
  const first = problems.filter(({ at }, index) => problems.findIndex((other) => other.at === at) === index);
  return first.slice(0, MOST_MISTAKES);
}

function plainValue(parsed: Document.Parsed): unknown {
  const document: unknown = parsed.toJS({ maxAliasCount: MOST_ALIASES });
  // An anchor that contains its own alias makes a value without an end; only this finds it.
  JSON.stringify(document);
  return document;
}

function withinLimits<Value>(file: string, parse: () => Value): Value {
  try {
    return parse();
  } catch (error) {
    // Too deep a nesting, too many or unknown aliases, a value that contains itself.
    const isLimit =
      error instanceof RangeError || error instanceof ReferenceError || error instanceof TypeError;
    if (!isLimit) throw error;
    if (error.message.startsWith('Unresolved alias')) {
      throw syntaxErrors(file, [{ at: file, message: error.message }], error);
    }
    throw tooNested(file, error.message.split('\n')[0] ?? '', error);
  }
}

function tooNested(file: string, reason: string, cause?: unknown) {
  return badConfig(
    'config.too-nested',
    `${file} is nested too deeply or repeats itself too often: ${reason}`,
    {
      cause,
      hint: 'write the values out instead of using aliases',
    },
  );
}

function syntaxErrors(file: string, problems: readonly Problem[], cause?: unknown) {
  const [first] = problems;
  const summary =
    first !== undefined && problems.length === 1
      ? `${first.at}: ${first.message}`
      : `${file} has ${problems.length} syntax errors`;
  return badConfig('config.syntax', summary, {
    problems,
    cause,
    hint: 'mend the YAML, then run: osrel config check',
  });
}
