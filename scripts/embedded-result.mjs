// An esbuild plug-in: a module whose one exported function takes nothing and promises JSON is replaced by that JSON,
// worked out while bundling. What the function reads from installed packages is then part of the bundle.
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';

/** `file` is the module's absolute path, `name` the exported function, `notice` the licences of what it reads. */
export function embeddedResult({ file, name, notice }) {
  return {
    name: 'embedded-result',
    setup({ onLoad }) {
      onLoad({ filter: new RegExp(`${basename(file, '.ts')}\\.ts$`) }, async ({ path }) => {
        if (path !== file) return undefined;
        const module = await import(pathToFileURL(file).href);
        const result = JSON.stringify(await module[name]());
        return {
          contents: `/*! ${notice} */\nexport const ${name} = async () => (${result});`,
          loader: 'js',
        };
      });
    },
  };
}
