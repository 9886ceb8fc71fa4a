// Node has it; its types are among those of browsers, which this project leaves out. This is the part that osrel uses.
// biome-ignore lint/style/noNamespace: it is one, and merges with the part that Node's types declare
declare namespace WebAssembly {
  interface Memory {
    readonly buffer: ArrayBuffer;
  }
  const Memory: new (pages: { readonly initial: number; readonly maximum: number }) => Memory;
}
