import { createHash } from 'node:crypto';
import type { QuickJSWASMModule } from 'quickjs-emscripten-core';
import { COMMON_DEVICE_TYPES } from './common-device-types.ts';
import { type FilePosition, FileProblem, problemAt } from './file-problem.ts';
import { LINES_BEFORE_SCRIPT, runIsolated, type ScriptResult } from './isolated-script.ts';

/** Gives what a CoffeeScript file exports, as JSON. Throws a FileProblem naming file, line and column. */
export type EvaluateCoffee = (text: string, file: string) => Promise<unknown>;

/** Keeps results over processes; compiling costs ten milliseconds a file, and nothing but the text decides the outcome. */
export interface EvaluationCache {
  readonly find: (key: string) => Promise<string | undefined>;
  readonly keep: (key: string, text: string) => Promise<void>;
}

/** Raised whenever compiler, interpreter or the modules given to files change what comes out. */
const EVALUATION = 'coffeescript 2.7.0, evaluation 1\n';

/**
 * An evaluator of device-type files. Compiler and interpreter are loaded with the first file and serve all others; a
 * file is the work of whoever sent the pull request, so that it is never run by Node itself. What was evaluated once
 * is remembered by its text: nothing else can change the outcome.
 */
export function createEvaluateCoffee(cache?: EvaluationCache): EvaluateCoffee {
  const remembered = new Map<string, unknown>();
  let loading: Promise<QuickJSWASMModule> | undefined;
  return async (text, file) => {
    if (remembered.has(text)) return structuredClone(remembered.get(text));
    const key = createHash('sha256').update(EVALUATION).update(text).digest('hex');
    const kept = await cache?.find(key);
    if (kept !== undefined) {
      remembered.set(text, JSON.parse(kept));
      return JSON.parse(kept);
    }
    const { default: coffeeScript } = await import('coffeescript');
    const source = compile(coffeeScript, text, file);
    loading ??= loadQuickJs();
    const quickJs = await loading;
    const result = runOrGiveUp(quickJs, { text, source, file }, () => {
      loading = undefined;
    });
    if (result.kind === 'thrown') {
      const position = sourcePosition(coffeeScript, text, file, result.stack);
      throw new FileProblem([problemAt(file, text, position, result.message)]);
    }
    remembered.set(text, result.value);
    await cache?.keep(key, JSON.stringify(result.value));
    return structuredClone(result.value);
  };
}

interface CompiledFile {
  readonly text: string;
  readonly source: string;
  readonly file: string;
}

/** The interpreter gives up when a script exhausts it in the wrong moment; the next file then gets a new one. */
function runOrGiveUp(quickJs: QuickJSWASMModule, compiled: CompiledFile, onDamage: () => void): ScriptResult {
  const { text, source, file } = compiled;
  try {
    return runIsolated(quickJs, { source, file, modules: MODULES });
  } catch (error) {
    onDamage();
    const message = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new FileProblem([problemAt(file, text, undefined, `it cannot be evaluated: ${message}`)]);
  }
}

const MODULES = { '@resin.io/device-types/common': COMMON_DEVICE_TYPES };

type CoffeeScript = typeof import('coffeescript')['default'];

async function loadQuickJs(): Promise<QuickJSWASMModule> {
  const [{ newQuickJSWASMModuleFromVariant }, { default: variant }] = await Promise.all([
    import('quickjs-emscripten-core'),
    import('@jitl/quickjs-singlefile-mjs-release-sync'),
  ]);
  return newQuickJSWASMModuleFromVariant(variant);
}

function compile(coffeeScript: CoffeeScript, text: string, file: string): string {
  try {
    return coffeeScript.compile(text, { bare: true, filename: file });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new FileProblem([problemAt(file, text, compileErrorPosition(error), error.message)]);
  }
}

function compileErrorPosition(error: Error): FilePosition | undefined {
  if (!('location' in error) || typeof error.location !== 'object' || error.location === null)
    return undefined;
  const { location } = error;
  if (!('first_line' in location) || !('first_column' in location)) return undefined;
  return { line: Number(location.first_line) + 1, column: Number(location.first_column) + 1 };
}

/** Where in the CoffeeScript text the first stack frame of the file is; the slow compilation is for failures only. */
function sourcePosition(
  coffeeScript: CoffeeScript,
  text: string,
  file: string,
  stack: string,
): FilePosition | undefined {
  const { sourceMap, js } = coffeeScript.compile(text, { bare: true, filename: file, sourceMap: true });
  const lines = js.split('\n').length;
  for (const frame of stack.split('\n')) {
    if (!frame.includes(`(${file}:`)) continue;
    const [, frameLine, frameColumn] = /:(\d+):(\d+)\)$/.exec(frame) ?? [];
    const line = Number(frameLine) - LINES_BEFORE_SCRIPT - 1;
    // Lines before and after the script are the wrapper's.
    if (!(line >= 0 && line < lines)) continue;
    const found =
      sourceMap.sourceLocation([line, Number(frameColumn) - 1]) ?? sourceMap.sourceLocation([line, 0]);
    if (found !== undefined && found !== null) return { line: found[0] + 1, column: found[1] + 1 };
  }
  return undefined;
}
