import { LineCounter, parseDocument } from 'yaml';
import { FileProblem, problemAt } from './file-problem.ts';
import { findJsonError } from './find-json-error.ts';

// A compose file repeats itself a little; a document that unfolds further is an attack or a mistake.
const MOST_ALIASES = 100;

/** The value of a YAML file. Throws a FileProblem with every syntax error; a duplicate key is one. */
export function parseYaml(text: string, file: string): unknown {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: true, merge: true });
  if (document.errors.length > 0) {
    throw new FileProblem(
      document.errors.map((error) => {
        const { line, col } = lineCounter.linePos(error.pos[0]);
        return problemAt(file, text, { line, column: col }, error.message);
      }),
    );
  }
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new FileProblem([problemAt(file, text, undefined, message)]);
  }
}

/** The value of a JSON file. Throws a FileProblem with line and column. */
export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const offset = findJsonError(text);
    const before = text.slice(0, offset);
    const position = { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
    const found = text.slice(offset, offset + 1);
    const message = found === '' ? 'the JSON ends too early' : `unexpected ${JSON.stringify(found)} in JSON`;
    throw new FileProblem([problemAt(file, text, position, message)]);
  }
}
