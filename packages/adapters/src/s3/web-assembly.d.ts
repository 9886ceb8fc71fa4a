// Node has it; its types are among those of browsers, which this project leaves out. This is the part that osrel uses.
// biome-ignore lint/style/noNamespace: it is one, and merges with the part that Node's types declare
declare namespace WebAssembly {
  type Module = object;
  const Module: new (bytes: Uint8Array<ArrayBuffer>) => Module;
  interface Instance {
    readonly exports: Readonly<Record<string, unknown>>;
  }
  const Instance: new (module: Module, imports: Readonly<Record<string, object>>) => Instance;
}
