import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { assign, findValue, getValue, parseAssignments, RecipeError, wordsOf } from './variables.mjs';

/**
 * Everything a build of one machine knows before the first task: bblayers.conf, auto.conf, local.conf and
 * the machine, read in this order.
 * @param {{ repository: string, buildDirectory: string, machine: string }} place
 */
export async function loadConfiguration({ repository, buildDirectory, machine }) {
  const conf = join(buildDirectory, 'conf');
  const start = new Map([
    ['TOPDIR', buildDirectory],
    ['TMPDIR', join(buildDirectory, 'tmp')],
    ['DEVICE_TYPE', machine],
  ]);
  const withLayers = await include(start, join(conf, 'bblayers.conf'));
  const layers = wordsOf(withLayers, 'BBLAYERS').map((layer) => resolve(layer));
  const withAuto = await includeIfPresent(withLayers, join(conf, 'auto.conf'));
  const withLocal = await include(withAuto, join(conf, 'local.conf'));
  // The caller's MACHINE wins over one in local.conf, as it does when it stands in the environment.
  withLocal.set('MACHINE', machine);
  const configured = await includeMachine(withLocal, layers, machine);
  configured.set('HOSTOS_VERSION', (await readText(join(repository, 'VERSION'))).trim());
  configured.set(
    'OS_VARIANT',
    findValue(configured, 'OS_DEVELOPMENT') === '1' ? 'Development' : 'Production',
  );
  configured.set('SLUG', (await deviceTypeJson(repository, configured)).slug);
  return { layers, variables: configured };
}

/** The generated JSON of the device type being built, the one `DEVICE_TYPE` names. */
export async function deviceTypeJson(repository, variables) {
  const name = getValue(variables, 'DEVICE_TYPE', 'conf/local.conf');
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name))
    throw new RecipeError(`DEVICE_TYPE is no file name: ${name}`);
  return JSON.parse(await readText(join(repository, `${name}.json`)));
}

async function includeMachine(variables, layers, machine) {
  for (const layer of layers) {
    const file = join(layer, 'conf/machine', `${machine}.conf`);
    const next = await includeIfPresent(variables, file);
    if (next !== variables) return next;
  }
  throw new RecipeError(`MACHINE=${machine} is invalid: no layer has conf/machine/${machine}.conf`);
}

async function include(variables, file) {
  return assign(variables, parseAssignments(await readText(file), file));
}

async function includeIfPresent(variables, file) {
  const text = await readFile(file, 'utf8').catch(absent);
  return text === undefined ? variables : assign(variables, parseAssignments(text, file));
}

async function readText(file) {
  const text = await readFile(file, 'utf8').catch(absent);
  if (text === undefined) throw new RecipeError(`Unable to read ${file}: no such file`);
  return text;
}

function absent(error) {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}

/**
 * Every recipe of the layers by name, a later layer winning.
 * @returns {Promise<Map<string, { name: string, version: string, file: string, directory: string,
 *   layer: string, variables: Map<string, string> }>>}
 */
export async function loadRecipes({ layers, variables }) {
  const recipes = new Map();
  for (const layer of layers) {
    const entries = await readdir(layer, { recursive: true }).catch(absent);
    if (entries === undefined) throw new RecipeError(`BBLAYERS names ${layer}, which does not exist`);
    const files = entries.filter((entry) => /^recipes-[^/]+\/[^/]+\/[^/]+\.bb$/.test(entry)).sort();
    for (const file of files) {
      const recipe = await loadRecipe(join(layer, file), { layer, variables });
      recipes.set(recipe.name, recipe);
    }
  }
  return recipes;
}

async function loadRecipe(file, { layer, variables }) {
  const [, name, version = '1.0'] = /([^/_]+)(?:_([^/]+))?\.bb$/.exec(file);
  const own = assign(variables, parseAssignments(await readText(file), file));
  own.set('PN', name);
  own.set('PV', version);
  return { name, version, file, directory: resolve(file, '..'), layer, variables: own };
}
