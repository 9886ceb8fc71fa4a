import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { type CoffeeScript, importCoffeeScript } from './import-coffee-script.ts';

/** Modules in CommonJS that need nothing but one another. */
export interface DeviceTypeLibrary {
  readonly modules: Readonly<Record<string, LibraryModule>>;
}

export interface LibraryModule {
  /** JavaScript. */
  readonly source: string;
  /** What it writes in `require`, and the module it means. */
  readonly requires: Readonly<Record<string, string>>;
}

/** The name under which device types require the library, and its part with the shared texts and options. */
const LIBRARY = '@resin.io/device-types';
const ENTRIES = ['index', 'build', 'common/index'];

const require = createRequire(import.meta.url);

/**
 * The published device-type library, as text: its CoffeeScript compiled, and those modules of the lodash it depends on
 * that it uses. The bundle holds what this gives instead of the function (scripts/build.mjs).
 */
export async function readDeviceTypeLibrary(): Promise<DeviceTypeLibrary> {
  const coffeeScript = await importCoffeeScript();
  const folder = dirname(require.resolve('@resin.io/device-types/package.json'));
  const modules: Record<string, LibraryModule> = {};
  for (const path of ENTRIES) addLibraryModule(modules, { coffeeScript, folder }, path);
  const used = Object.values(modules).flatMap(({ source }) =>
    [...source.matchAll(/\b_\.(\w+)/g)].map((match) => match[1] ?? ''),
  );
  addLodash(
    modules,
    dirname(createRequire(join(folder, 'package.json')).resolve('lodash/package.json')),
    used,
  );
  return { modules };
}

interface LibrarySource {
  readonly coffeeScript: CoffeeScript;
  readonly folder: string;
}

function addLibraryModule(modules: Record<string, LibraryModule>, from: LibrarySource, path: string): void {
  const name = `${LIBRARY}/${path}`;
  if (Object.hasOwn(modules, name)) return;
  const text = readFileSync(join(from.folder, `${path}.coffee`), 'utf8');
  const source = from.coffeeScript.compile(text, { bare: true, filename: name });
  const requires: Record<string, string> = {};
  modules[name] = { source, requires };
  for (const wanted of requiredBy(source)) {
    const target = wanted.startsWith('.') ? resolveInLibrary(path, wanted) : undefined;
    requires[wanted] = target === undefined ? wanted : `${LIBRARY}/${target}`;
    if (target !== undefined) addLibraryModule(modules, from, target);
  }
}

function resolveInLibrary(from: string, wanted: string): string {
  const path = normalize(join(dirname(from), wanted)).replaceAll('\\', '/');
  return path === 'common' ? 'common/index' : path;
}

/** One module `lodash` with the functions in use, each of which is loaded when somebody asks for it. */
function addLodash(
  modules: Record<string, LibraryModule>,
  folder: string,
  functions: readonly string[],
): void {
  const names = [...new Set(functions)].sort();
  const getters = names.map((name) => `get ${name}() { return require('./${name}'); }`).join(', ');
  modules.lodash = {
    source: `module.exports = { ${getters} };`,
    requires: Object.fromEntries(names.map((name) => [`./${name}`, `lodash/${name}`])),
  };
  for (const name of names) addLodashModule(modules, folder, name);
}

function addLodashModule(modules: Record<string, LibraryModule>, folder: string, name: string): void {
  if (Object.hasOwn(modules, `lodash/${name}`)) return;
  const source = readFileSync(join(folder, `${name}.js`), 'utf8').replaceAll(/^\s*\/\*[\s\S]*?\*\/\n/gm, '');
  const wanted = requiredBy(source).filter((each) => each.startsWith('./'));
  modules[`lodash/${name}`] = {
    source,
    requires: Object.fromEntries(wanted.map((each) => [each, `lodash/${each.slice('./'.length)}`])),
  };
  for (const each of wanted) addLodashModule(modules, folder, each.slice('./'.length));
}

function requiredBy(source: string): readonly string[] {
  return [...source.matchAll(/\brequire\('([^']+)'\)/g)].map((match) => match[1] ?? '');
}
