import { createHash } from 'node:crypto';
import { type CoffeeCompiler, type CoffeeFile, loadCoffeeCompiler } from './compile-coffee.ts';
import { type FilePosition, FileProblem, problemAt } from './file-problem.ts';
import { createIsolate, type Isolate, LINES_BEFORE_SCRIPT, type ScriptResult } from './isolated-script.ts';

/** A device type file; the slug is the one it gets when it names none. */
export interface DeviceTypeFile extends CoffeeFile {
  readonly slug: string;
}

/**
 * Gives the manifest that the published library builds from device types, keys in the library's order
 * (balena-automation 1.15). One that the library cannot build comes back as it was written. Throws a FileProblem
 * naming the file and, where it can be known, line and column.
 */
export interface EvaluateDeviceType {
  /** From CoffeeScript. */
  readonly fromCoffee: (file: DeviceTypeFile) => Promise<unknown>;
  /** From the value of a JSON or YAML file. */
  readonly fromDocument: (document: unknown, file: DeviceTypeFile) => Promise<unknown>;
}

/** Keeps results over processes; nothing but the text and the slug decides the outcome. */
export interface EvaluationCache {
  readonly find: (key: string) => Promise<string | undefined>;
  readonly keep: (key: string, text: string) => Promise<void>;
}

/** Raised whenever compiler, interpreter or library change what comes out. */
export const EVALUATION =
  'coffee-script 1.10.0, @resin.io/device-types 10.5.3, lodash 4.18.1, evaluation 1\n';

interface Machinery {
  readonly compiler: CoffeeCompiler;
  readonly isolate: Isolate;
}

/**
 * An evaluator of device-type files. Compiler and interpreter are loaded with the first file and serve all others; a
 * file is the work of whoever sent the pull request, so that it is never run by Node itself. What was evaluated once
 * is remembered by its text: nothing else can change the outcome.
 */
export function createEvaluateDeviceType(cache?: EvaluationCache): EvaluateDeviceType {
  const remembered = new Map<string, string>();
  const getMachinery = createMachineryStore();
  const evaluate = async (kind: string, file: DeviceTypeFile, work: Evaluation): Promise<unknown> => {
    const key = createHash('sha256')
      .update(`${EVALUATION}${kind}\n${file.slug}\n`)
      .update(file.text)
      .digest('hex');
    const known = remembered.get(key) ?? (await cache?.find(key));
    if (known !== undefined) {
      remembered.set(key, known);
      return JSON.parse(known);
    }
    const text = work(await getMachinery(), file);
    remembered.set(key, text);
    await cache?.keep(key, text);
    return JSON.parse(text);
  };
  return {
    fromCoffee: (file) => evaluate('coffee', file, evaluateCoffee),
    fromDocument: (document, file) =>
      evaluate('document', file, ({ isolate }) => evaluateDocument(isolate, document, file)),
  };
}

type Evaluation = (machinery: Machinery, file: DeviceTypeFile) => string;

/** The interpreter is replaced when a script exhausted it. */
function createMachineryStore(): () => Promise<Machinery> {
  let loading: Promise<Machinery> | undefined;
  const load = async (): Promise<Machinery> => {
    const [compiler, { readDeviceTypeLibrary }] = await Promise.all([
      loadCoffeeCompiler(),
      import('./read-device-type-library.ts'),
    ]);
    const isolate = await createIsolate(await readDeviceTypeLibrary());
    return { compiler, isolate };
  };
  return async () => {
    const present = await loading;
    if (present?.isolate.isFresh()) return present;
    loading = load();
    return loading;
  };
}

function evaluateCoffee({ compiler, isolate }: Machinery, file: DeviceTypeFile): string {
  const result = run(isolate, compiler.compile(file), file);
  if (result.kind === 'built') return result.text;
  const position = positionInFile(compiler, file, result.stack) ?? positionOfTemplate(file, result.message);
  throw new FileProblem([problemAt(file.file, file.text, position, result.message)]);
}

function evaluateDocument(isolate: Isolate, document: unknown, file: DeviceTypeFile): string {
  const source = `module.exports = JSON.parse(${JSON.stringify(JSON.stringify(document))});`;
  const result = run(isolate, source, file);
  if (result.kind === 'built') return result.text;
  const position = positionOfTemplate(file, result.message);
  throw new FileProblem([problemAt(file.file, file.text, position, result.message)]);
}

function run(isolate: Isolate, source: string, { file, slug, text }: DeviceTypeFile): ScriptResult {
  try {
    return isolate.run({ source, file, slug });
  } catch (error) {
    const message = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new FileProblem([problemAt(file, text, undefined, `it cannot be evaluated: ${message}`)]);
  }
}

/** Where in the CoffeeScript the first stack frame of the file is. */
function positionInFile(
  compiler: CoffeeCompiler,
  file: DeviceTypeFile,
  stack: string,
): FilePosition | undefined {
  for (const frame of stack.split('\n')) {
    if (!frame.includes(`(${file.file}:`)) continue;
    const [, line, column] = /:(\d+):(\d+)\)$/.exec(frame) ?? [];
    const found = compiler.locate(file, { line: Number(line) - LINES_BEFORE_SCRIPT, column: Number(column) });
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A line of instructions is a template; what it names and nobody defines is looked for in the file's text. */
function positionOfTemplate({ text }: DeviceTypeFile, message: string): FilePosition | undefined {
  const [, variable] = /^ReferenceError: '?(\w+)'? is not defined$/.exec(message) ?? [];
  if (variable === undefined) return undefined;
  const lines = text.split(/\r?\n/);
  const index = lines.findIndex((line) => line.includes(variable));
  const column = (lines[index] ?? '').indexOf(variable);
  return index < 0 ? undefined : { line: index + 1, column: column + 1 };
}
