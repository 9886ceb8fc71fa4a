import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { findValue, getValue, RecipeError } from './variables.mjs';

/**
 * What a package recipe brings: the files for the root file system and for the boot partition, its licence text.
 * @returns {Promise<{ name: string, version: string, license: string, licenseText: Buffer, summary: string,
 *   architecture: string, root: Map<string, object>, boot: Map<string, object>, headers: Map<string, object> }>}
 */
export async function installPackage(recipe) {
  const { name, version, variables } = recipe;
  checkMachine(recipe);
  const license = getValue(variables, 'LICENSE', recipe.file);
  return {
    name,
    version,
    license,
    licenseText: await licenseText(recipe, license),
    summary: getValue(variables, 'SUMMARY', recipe.file),
    architecture: findValue(variables, 'PACKAGE_ARCH') ?? getValue(variables, 'TARGET_ARCH', recipe.file),
    root: await namedTree(recipe, 'FILES_DIR'),
    boot: await namedTree(recipe, 'BOOT_FILES_DIR'),
    headers: await namedTree(recipe, 'HEADERS_DIR'),
  };
}

function checkMachine({ name, variables }) {
  const wanted = findValue(variables, 'COMPATIBLE_MACHINE');
  const machine = findValue(variables, 'MACHINE');
  if (wanted === undefined || wanted === machine) return;
  throw new RecipeError(
    `${name} was skipped: incompatible with machine ${machine} (not in COMPATIBLE_MACHINE)`,
  );
}

async function licenseText(recipe, license) {
  if (!/^[A-Za-z0-9][A-Za-z0-9.+-]*$/.test(license)) {
    throw new RecipeError(`${recipe.file}: LICENSE is no licence name: ${license}`);
  }
  const file = join(recipe.layer, 'files/common-licenses', license);
  return await readFile(file).catch((error) => {
    if (error.code !== 'ENOENT') throw error;
    throw new RecipeError(`${recipe.file}: LICENSE names ${license}, but there is no ${file}`);
  });
}

async function namedTree(recipe, variable) {
  const folder = findValue(recipe.variables, variable);
  if (folder === undefined) return new Map();
  const directory = join(recipe.directory, folder);
  const tree = await readTree(directory, recipe.variables);
  if (tree.size === 0)
    throw new RecipeError(`${recipe.file}: ${variable} names ${directory}, which has no files`);
  return tree;
}

/** The files below a folder; `name.in` becomes `name` with every @VARIABLE@ filled in. */
async function readTree(directory, variables) {
  const names = await readdir(directory, { recursive: true }).catch((error) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const tree = new Map();
  for (const name of names.sort()) {
    const entry = await readEntry(join(directory, name));
    if (entry === undefined) continue;
    if (entry.kind === 'file' && name.endsWith('.in')) {
      tree.set(name.slice(0, -3), { ...entry, bytes: fillIn(entry.bytes, variables, join(directory, name)) });
    } else {
      tree.set(name, entry);
    }
  }
  return tree;
}

async function readEntry(path) {
  const target = await readlink(path).catch((error) => {
    if (error.code === 'EINVAL') return undefined;
    throw error;
  });
  if (target !== undefined) return { kind: 'link', target };
  const found = await stat(path);
  if (found.isDirectory()) return undefined;
  // Only the execute bit counts: the rest depends on the umask of who checked the repository out.
  return { kind: 'file', bytes: await readFile(path), mode: found.mode & 0o100 ? 0o755 : 0o644 };
}

function fillIn(bytes, variables, file) {
  const filled = bytes.toString('utf8').replaceAll(/@([A-Z][A-Z0-9_]*)@/g, (_, name) => {
    return getValue(variables, name, `${file}: @${name}@ has no value`);
  });
  return Buffer.from(filled);
}
