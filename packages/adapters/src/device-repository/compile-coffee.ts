import { createContext, Script } from 'node:vm';
import { type FilePosition, FileProblem, problemAt } from './file-problem.ts';
import { importCoffeeScript } from './import-coffee-script.ts';

/** A file of the repository whose text is CoffeeScript. */
export interface CoffeeFile {
  readonly text: string;
  /** For messages. */
  readonly file: string;
}

export interface CoffeeCompiler {
  /** JavaScript without a function around it. Throws a FileProblem naming file, line and column. */
  readonly compile: (file: CoffeeFile) => string;
  /** Where in the CoffeeScript a place of the compiled text comes from; compiles again, for failures only. */
  readonly locate: (file: CoffeeFile, place: FilePosition) => FilePosition | undefined;
}

/** Fifty times the largest known device type; the compiler needs memory and time for each. */
const MOST_CHARACTERS = 256 * 1024;
const TOO_LONG = `it is too long for a device type: more than ${MOST_CHARACTERS} characters`;
/** A hundred times what a device type needs, for machines with other work to do. */
const TIME_LIMIT_MS = 10_000;

/**
 * A compiler for device types. It is CoffeeScript 1.10 and not 2, as upstream's is: files with lines indented by tabs
 * beside lines indented by spaces pass the one and fail in the other. It only translates; what it makes runs elsewhere.
 */
export async function loadCoffeeCompiler(timeLimitMs: number = TIME_LIMIT_MS): Promise<CoffeeCompiler> {
  const coffeeScript = await importCoffeeScript();
  const withTimeLimit = createTimeLimit(timeLimitMs);
  return {
    compile: ({ text, file }) => {
      if (text.length > MOST_CHARACTERS) throw new FileProblem([{ at: file, message: TOO_LONG }]);
      try {
        return withTimeLimit(() => coffeeScript.compile(text, { bare: true, filename: file }));
      } catch (error) {
        throw compileProblem({ text, file }, error);
      }
    },
    locate: ({ text, file }, place) => {
      const { js, sourceMap } = coffeeScript.compile(text, { bare: true, filename: file, sourceMap: true });
      const line = place.line - 1;
      if (line < 0 || line >= js.split('\n').length) return undefined;
      const found = sourceMap.sourceLocation([line, place.column - 1]) ?? sourceMap.sourceLocation([line, 0]);
      return found === undefined || found === null ? undefined : { line: found[0] + 1, column: found[1] + 1 };
    },
  };
}

function compileProblem({ text, file }: CoffeeFile, error: unknown): FileProblem {
  return new FileProblem([problemAt(file, text, compileErrorPosition(error), messageOf(error))]);
}

/** Node can end synchronous work only where a vm script started it. */
function createTimeLimit(timeout: number): <Result>(work: () => Result) => Result {
  let work: () => void = () => undefined;
  const sandbox = createContext({ work: () => work() });
  const script = new Script('work()');
  return <Result>(wanted: () => Result) => {
    const results: Result[] = [];
    work = () => {
      results.push(wanted());
    };
    script.runInContext(sandbox, { timeout });
    const [result] = results;
    if (result === undefined) throw new Error('the compiler gave nothing');
    return result;
  };
}

function messageOf(error: unknown): string {
  if (isTimeout(error)) return 'it takes too long to compile';
  if (error instanceof RangeError) return 'it is nested too deeply to be compiled';
  return error instanceof Error ? error.message : String(error);
}

/** The error may belong to the vm's own realm, so that it need not be an Error of ours. */
function isTimeout(error: unknown): boolean {
  const isObject = typeof error === 'object' && error !== null;
  return isObject && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}

function compileErrorPosition(error: unknown): FilePosition | undefined {
  if (!(error instanceof Error) || !('location' in error)) return undefined;
  const { location } = error;
  if (typeof location !== 'object' || location === null) return undefined;
  if (!('first_line' in location) || !('first_column' in location)) return undefined;
  return { line: Number(location.first_line) + 1, column: Number(location.first_column) + 1 };
}
