// An esbuild plug-in: an import from one of our packages becomes imports from the files that its index.ts names, so
// that a chunk holds what a command uses and not what the package offers. Help and --version start without the engine.
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const EXPORT = /export (type )?\{([^}]*)\} from '(\.[^']+)';/g;
const IMPORT = /import (type )?\{([^}]*)\} from '(@osrel\/[a-z]+)';/g;

/** `packages` maps a package name to its index.ts. */
export function directImports(packages) {
  const maps = new Map(Object.entries(packages).map(([name, index]) => [name, exportsOf(index)]));
  return {
    name: 'direct-imports',
    setup({ onLoad }) {
      onLoad({ filter: /packages\/[a-z]+\/src\/.*\.ts$/ }, async ({ path }) => {
        if (path.includes('node_modules')) return undefined;
        const source = await readFile(path, 'utf8');
        return {
          contents: source.replace(IMPORT, (all, type, names, from) =>
            type ? '' : redirect(all, names, maps.get(from)),
          ),
          loader: 'ts',
        };
      });
    },
  };
}

/** Exported name -> file. */
function exportsOf(index) {
  const map = new Map();
  for (const [, , names, from] of readFileSync(index, 'utf8').matchAll(EXPORT)) {
    for (const name of split(names))
      map.set(name.replace(/^type /, '').replace(/^.* as /, ''), join(dirname(index), from));
  }
  return map;
}

function redirect(original, names, map) {
  if (map === undefined) return original;
  const values = split(names).filter((name) => !name.startsWith('type '));
  const known = values.every((name) => map.has(name.replace(/ as .*$/, '')));
  if (!known) return original;
  return values
    .map((name) => `import { ${name} } from ${JSON.stringify(map.get(name.replace(/ as .*$/, '')))};`)
    .join(' ');
}

function split(names) {
  return names
    .split(',')
    .map((name) => name.trim().replaceAll(/\s+/g, ' '))
    .filter((name) => name !== '');
}
