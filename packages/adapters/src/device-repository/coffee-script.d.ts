// The package brings no types; this is the part that osrel uses.
declare module 'coffee-script' {
  interface SourceMap {
    /** Zero-based [line, column] of the source for one of the output; undefined or null where there is none. */
    sourceLocation(position: readonly [number, number]): readonly [number, number] | undefined | null;
  }
  interface CompileOptions {
    readonly bare: true;
    readonly filename: string;
  }
  interface CoffeeScript {
    readonly VERSION: string;
    compile(source: string, options: CompileOptions): string;
    compile(
      source: string,
      options: CompileOptions & { readonly sourceMap: true },
    ): { readonly js: string; readonly sourceMap: SourceMap };
  }
  const coffeeScript: CoffeeScript;
  // biome-ignore lint/style/noDefaultExport: the package has no other export that Node can see
  export default coffeeScript;
}
