// Bundles the command line into packages/cli/dist: everything inside, so that the published package needs nothing else.
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { directImports } from './direct-imports.mjs';
import { embeddedResult } from './embedded-result.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const CLI = join(ROOT, 'packages', 'cli');
const { version } = JSON.parse(readFileSync(join(CLI, 'package.json'), 'utf8'));

// Our modules do nothing when they are imported, so a module that nobody uses is left out of a command's chunks.
const ownModulesArePure = {
  name: 'own-modules-are-pure',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^(\.|@osrel\/)/ }, async ({ path, pluginData, ...rest }) => {
      if (pluginData === 'resolved' || rest.kind === 'entry-point') return undefined;
      const found = await resolve(path, { ...rest, pluginData: 'resolved' });
      if (found.errors.length > 0) return found;
      const isOurs = found.path.startsWith(join(ROOT, 'packages')) && !found.path.includes('node_modules');
      return isOurs && !found.path.endsWith('/bin.ts') ? { ...found, sideEffects: false } : found;
    });
  },
};

// Packages in CommonJS ask for Node's modules with require.
const BANNER = `import { createRequire as osrelCreateRequire } from 'node:module';
const require = osrelCreateRequire(import.meta.url);`;

const indexOf = (name) => join(ROOT, 'packages', name, 'src', 'index.ts');
// The library is published as CoffeeScript; a published osrel has no packages to read it from.
const DEVICE_TYPE_LIBRARY = {
  file: join(ROOT, 'packages/adapters/src/device-repository/read-device-type-library.ts'),
  name: 'readDeviceTypeLibrary',
  notice:
    '@resin.io/device-types: Apache-2.0. lodash: MIT, Copyright OpenJS Foundation and other contributors, https://lodash.com/license',
};
const outdir = join(CLI, 'dist');
rmSync(outdir, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: CLI,
  entryPoints: ['src/bin.ts'],
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  // Packages that have both are taken as modules: their names survive `import()`, and what nobody uses is left out.
  mainFields: ['module', 'main'],
  minifySyntax: true,
  chunkNames: 'chunks/[name]-[hash]',
  banner: { js: BANNER },
  // Its own entry chooses a build by what the machine can do, which a bundler cannot follow.
  alias: { 'balena-sdk': join(ROOT, 'packages/adapters/node_modules/balena-sdk/es2018/index.js') },
  define: { __OSREL_VERSION__: JSON.stringify(version) },
  plugins: [
    ownModulesArePure,
    embeddedResult(DEVICE_TYPE_LIBRARY),
    directImports({ '@osrel/core': indexOf('core'), '@osrel/adapters': indexOf('adapters') }),
  ],
  legalComments: 'linked',
  metafile: true,
  logLevel: 'warning',
});
const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
console.error(`dist: ${Object.keys(metafile.outputs).length} files, ${(bytes / 1024 / 1024).toFixed(1)} MiB`);
