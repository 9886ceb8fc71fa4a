import type { QuickJSContext, QuickJSWASMModule } from 'quickjs-emscripten-core';

const MEMORY_BYTES = 16 * 1024 * 1024;
const STACK_BYTES = 256 * 1024;
/** Ten thousand branches of the interpreter each, so that the limit is the same on a slow machine: about a second. */
const MOST_INTERRUPTS = 2000;

export interface ScriptRequest {
  /** JavaScript in sloppy mode that sets `module.exports`. */
  readonly source: string;
  /** Named in stack traces. */
  readonly file: string;
  /** What `require` answers, by module name; JSON. */
  readonly modules: Readonly<Record<string, unknown>>;
}

export type ScriptResult =
  | { readonly kind: 'exports'; readonly value: unknown }
  | { readonly kind: 'thrown'; readonly message: string; readonly stack: string };

/** Lines of the wrapper before the script's own first line, for positions in stack traces. */
export const LINES_BEFORE_SCRIPT = 1;

// Without clock and chance the same file exports the same today and tomorrow.
const HEAD =
  '(function (modules) { delete globalThis.Date; delete Math.random; const module = { exports: {} }; let exports = module.exports; const require = (name) => { if (Object.hasOwn(modules, name)) return modules[name]; throw new Error("osrel evaluates device types isolated; " + JSON.stringify(String(name)) + " is not available"); }; (function (module, exports, require) {\n';
const TAIL = `
}).call(exports, module, exports, require);
const paths = new Map();
return JSON.stringify(module.exports, function (key, value) {
  const path = paths.has(this) ? (Array.isArray(this) ? paths.get(this) + '[' + key + ']' : paths.get(this) + '.' + key) : 'module.exports';
  const isHole = value === undefined && Array.isArray(this);
  if (isHole || typeof value === 'function' || typeof value === 'symbol' || (typeof value === 'number' && !Number.isFinite(value))) {
    throw new TypeError(path + ' is ' + (typeof value === 'number' ? String(value) : typeof value) + ', which JSON cannot hold');
  }
  if (typeof value === 'object' && value !== null) paths.set(value, path);
  return value;
}); })`;

/**
 * Runs a script in an interpreter that has no file system, no process, no network and no clock, with bounded
 * memory, stack and time, and gives what it exports as JSON. Throws only when the interpreter itself is
 * damaged; the module must then be thrown away.
 */
export function runIsolated(quickJs: QuickJSWASMModule, request: ScriptRequest): ScriptResult {
  const runtime = quickJs.newRuntime({ memoryLimitBytes: MEMORY_BYTES, maxStackSizeBytes: STACK_BYTES });
  let interrupts = 0;
  runtime.setInterruptHandler(() => {
    interrupts += 1;
    return interrupts > MOST_INTERRUPTS;
  });
  const context = runtime.newContext();
  try {
    return evaluate(context, request);
  } finally {
    context.dispose();
    runtime.dispose();
  }
}

function evaluate(context: QuickJSContext, { source, file, modules }: ScriptRequest): ScriptResult {
  const call = `${HEAD}${source}${TAIL}(${JSON.stringify(modules)})`;
  const result = context.evalCode(call, file);
  if (result.error !== undefined) {
    const thrown: unknown = context.dump(result.error);
    result.error.dispose();
    return { kind: 'thrown', ...describeThrown(thrown) };
  }
  const text: unknown = context.dump(result.value);
  result.value.dispose();
  if (typeof text !== 'string') return { kind: 'thrown', message: 'it exports nothing', stack: '' };
  return { kind: 'exports', value: JSON.parse(text) };
}

function describeThrown(thrown: unknown): { readonly message: string; readonly stack: string } {
  if (typeof thrown !== 'object' || thrown === null || !('message' in thrown)) {
    return { message: `it throws ${JSON.stringify(thrown)}`, stack: '' };
  }
  const stack = 'stack' in thrown && typeof thrown.stack === 'string' ? thrown.stack : '';
  const name = 'name' in thrown ? String(thrown.name) : 'Error';
  const message = String(thrown.message);
  if (name === 'InternalError' && message === 'interrupted')
    return { message: 'it runs without an end', stack };
  return { message: name === 'Error' ? message : `${name}: ${message}`, stack };
}
