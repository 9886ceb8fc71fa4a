import type { QuickJSContext, QuickJSHandle, QuickJSWASMModule } from 'quickjs-emscripten-core';
import { ISOLATE_PRELUDE } from './isolate-prelude.ts';
import type { DeviceTypeLibrary } from './read-device-type-library.ts';
import { rememberMemory } from './remember-memory.ts';

const PAGE_BYTES = 64 * 1024;
/** The interpreter's own start; it cannot begin with less. */
const FIRST_PAGES = 256;
/** Everything a script can have, the interpreter included; the interpreter's own limit counts large pieces wrongly. */
const MOST_PAGES = 768;
const STACK_BYTES = 256 * 1024;
/** Ten thousand branches of the interpreter each, so that the limit is the same on a slow machine: about a second. */
const MOST_INTERRUPTS = 2000;

export interface ScriptRequest {
  /** JavaScript in sloppy mode that sets `module.exports`. */
  readonly source: string;
  /** Named in stack traces. */
  readonly file: string;
  /** The slug of a device type that names none. */
  readonly slug: string;
}

export type ScriptResult =
  | { readonly kind: 'built'; readonly text: string }
  | { readonly kind: 'thrown'; readonly message: string; readonly stack: string };

/** Lines of the wrapper before the script's own first line, for positions in stack traces. */
export const LINES_BEFORE_SCRIPT = 1;

export interface Isolate {
  /** Builds the manifest of what the script exports. Throws when the interpreter itself gave up. */
  readonly run: (request: ScriptRequest) => ScriptResult;
  /** False once it gave up or had to grow: it must then be replaced. */
  readonly isFresh: () => boolean;
  /** What it takes of the machine's memory. */
  readonly sizeBytes: () => number;
}

/**
 * An interpreter that has no file system, no process, no network, no clock and no chance, with bounded memory, stack
 * and time, and the published device-type library inside. Before each script all of its memory is put back to what it
 * was right after the library was loaded: no script can leave anything for the next one.
 */
export async function createIsolate(library: DeviceTypeLibrary): Promise<Isolate> {
  const memory = new WebAssembly.Memory({ initial: FIRST_PAGES, maximum: MOST_PAGES });
  const quickJs = await loadQuickJs(memory);
  const runtime = quickJs.newRuntime({ maxStackSizeBytes: STACK_BYTES });
  let interrupts = 0;
  const context = runtime.newContext();
  const buildManifest = context.unwrapResult(context.evalCode(preludeOf(library), 'library'));
  runtime.setInterruptHandler(() => {
    interrupts += 1;
    return interrupts > MOST_INTERRUPTS;
  });
  const putBack = rememberMemory(memory);
  let isFresh = memory.buffer.byteLength === FIRST_PAGES * PAGE_BYTES;
  return {
    isFresh: () => isFresh,
    sizeBytes: () => memory.buffer.byteLength,
    run: (request) => {
      interrupts = 0;
      const wasFresh = isFresh;
      isFresh = false;
      const result = evaluate(context, buildManifest, request);
      isFresh = wasFresh && memory.buffer.byteLength === FIRST_PAGES * PAGE_BYTES;
      if (isFresh) putBack();
      return result;
    },
  };
}

async function loadQuickJs(memory: WebAssembly.Memory): Promise<QuickJSWASMModule> {
  const [{ newQuickJSWASMModuleFromVariant, newVariant }, { default: variant }] = await Promise.all([
    import('quickjs-emscripten-core'),
    import('@jitl/quickjs-singlefile-mjs-release-sync'),
  ]);
  return newQuickJSWASMModuleFromVariant(newVariant(variant, { wasmMemory: memory }));
}

function preludeOf({ modules }: DeviceTypeLibrary): string {
  const written = Object.entries(modules).map(
    ([name, { source, requires }]) =>
      `${JSON.stringify(name)}: { requires: ${JSON.stringify(requires)}, run(module, exports, require) {\n${source}\n} }`,
  );
  return `(${ISOLATE_PRELUDE})({\n${written.join(',\n')}\n})`;
}

function evaluate(
  context: QuickJSContext,
  buildManifest: QuickJSHandle,
  { source, file, slug }: ScriptRequest,
): ScriptResult {
  const script = context.evalCode(`(function (module, exports, require) {\n${source}\n})`, file);
  if (script.error !== undefined) return thrown(context, script.error);
  const result = context.callFunction(
    buildManifest,
    context.undefined,
    script.value,
    context.newString(slug),
  );
  if (result.error !== undefined) return thrown(context, result.error);
  const text: unknown = context.dump(result.value);
  if (typeof text !== 'string') return { kind: 'thrown', message: 'it exports nothing', stack: '' };
  return { kind: 'built', text };
}

function thrown(context: QuickJSContext, handle: QuickJSHandle): ScriptResult {
  const error: unknown = context.dump(handle);
  if (typeof error !== 'object' || error === null || !('message' in error)) {
    return { kind: 'thrown', message: `it throws ${JSON.stringify(error)}`, stack: '' };
  }
  const stack = 'stack' in error && typeof error.stack === 'string' ? error.stack : '';
  const name = 'name' in error ? String(error.name) : 'Error';
  const message = String(error.message);
  if (name === 'InternalError' && message === 'interrupted')
    return { kind: 'thrown', message: 'it runs without an end', stack };
  return { kind: 'thrown', message: name === 'Error' ? message : `${name}: ${message}`, stack };
}
