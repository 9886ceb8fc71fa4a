import type { Dirent } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FoundKernels, KernelImage, ListKernelsRequest } from '@osrel/core';
import { listEntries } from '../if-present.ts';
import { readTrustedCertificates } from './read-trusted-certificates.ts';

const KERNEL = 'vmlinux';

/**
 * Folders of a recipe's work folder that hold copies of what was built, or other recipes' files; and version control.
 * Copies are stripped, and the tools' folders are large.
 */
const PASSED_OVER = new Set([
  '.git',
  'deploy',
  'image',
  'package',
  'packages-split',
  'pkgdata',
  'pkgdata-sysroot',
  'pseudo',
  'recipe-sysroot',
  'recipe-sysroot-native',
  'source-date-epoch',
  'sstate-build-package',
  'sysroot-destdir',
  'temp',
]);

/** A kernel's own boot wrapper is called `vmlinux` too: `arch/x86/boot/compressed/vmlinux`. */
const BOOT_WRAPPER = /\/arch\/[^/]+\/boot\//;

/**
 * Every `vmlinux` in the work folders of the machine's kernel recipes (`work/<machine>-*\/linux*`) and in the folders
 * that kernels share with other recipes (`work-shared/<machine>`); links are not followed.
 */
export async function listKernels({ assetRoot, machine, signal }: ListKernelsRequest): Promise<FoundKernels> {
  const temporary = dirname(assetRoot);
  const recipes = await listRecipes(join(temporary, 'work'), machine);
  const shared = join(temporary, 'work-shared', machine);
  const folders = [...recipes.flatMap(({ versions }) => versions), shared];
  const kernels: KernelImage[] = [];
  for (const workFolder of folders) {
    for (const path of await findKernels(workFolder)) {
      signal?.throwIfAborted();
      kernels.push({ path, workFolder, trusted: await readTrustedCertificates(path) });
    }
  }
  return { kernels, recipes: [...new Set(recipes.map(({ name }) => name))].sort() };
}

interface KernelRecipe {
  readonly name: string;
  /** Absolute paths, one a version. */
  readonly versions: readonly string[];
}

/** Yocto names the folder of a machine's packages after it, with `_` for `-`, and a dash before distribution and system. */
async function listRecipes(work: string, machine: string): Promise<readonly KernelRecipe[]> {
  const prefix = `${machine.replaceAll('-', '_')}-`;
  const architectures = (await foldersOf(work)).filter((name) => name.startsWith(prefix));
  const found: KernelRecipe[] = [];
  for (const architecture of architectures) {
    for (const name of await foldersOf(join(work, architecture))) {
      if (!name.startsWith('linux')) continue;
      const recipe = join(work, architecture, name);
      found.push({ name, versions: (await foldersOf(recipe)).map((version) => join(recipe, version)) });
    }
  }
  return found;
}

async function foldersOf(folder: string): Promise<readonly string[]> {
  const entries = await entriesOf(folder);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

async function findKernels(workFolder: string): Promise<readonly string[]> {
  const found: string[] = [];
  const pending = [workFolder];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const entry of await entriesOf(folder)) {
      const path = join(folder, entry.name);
      if (entry.isFile() && entry.name === KERNEL && !BOOT_WRAPPER.test(path)) found.push(path);
      const isCopy = PASSED_OVER.has(entry.name) && (folder === workFolder || entry.name === '.git');
      if (entry.isDirectory() && !isCopy) pending.push(path);
    }
  }
  return found.sort();
}

/** In the order of their names; nothing where rm_work removed the folder while we look. */
async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  return (await listEntries(folder)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
