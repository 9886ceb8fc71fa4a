import {
  deployHeaders,
  deployHostapp,
  deployRecords,
  makeDiskImage,
  makeExtension,
  makeRootFileSystem,
} from './image-tasks.mjs';
import { installPackage } from './package-files.mjs';
import { machinePackages } from './root-file-system.mjs';
import { findValue, RecipeError, wordsOf } from './variables.mjs';

/**
 * The tasks of the targets and of all they depend on, in an order in which each finds its inputs.
 * @param {string[]} targets recipe names
 * @param {Map<string, object>} recipes
 * @returns {{ recipe: object, name: string, needs: string[], run: (build: object) => Promise<void> }[]}
 */
export function tasksOf(targets, recipes) {
  const tasks = new Map();
  for (const target of targets) addRecipe(target, recipes, { tasks, path: [], wantedBy: undefined });
  return [...tasks.values()].flat();
}

function addRecipe(name, recipes, { tasks, path, wantedBy }) {
  if (tasks.has(name)) return;
  if (path.includes(name)) throw new RecipeError(`Dependency loop: ${[...path, name].join(' -> ')}`);
  const recipe = recipes.get(name);
  if (recipe === undefined) {
    throw new RecipeError(
      wantedBy === undefined
        ? `Nothing PROVIDES '${name}'`
        : `Nothing PROVIDES '${name}' (but ${wantedBy} DEPENDS on it)`,
    );
  }
  const needs = [...wordsOf(recipe.variables, 'DEPENDS'), ...wordsOf(recipe.variables, 'IMAGE_INSTALL')];
  if (recipe.variables.has('IMAGE_KIND')) needs.push(...machinePackages(recipe));
  for (const need of needs) addRecipe(need, recipes, { tasks, path: [...path, name], wantedBy: recipe.file });
  tasks.set(
    name,
    stepsOf(recipe).map(([task, run]) => ({ recipe, name: task, needs, run: (build) => run(recipe, build) })),
  );
}

function stepsOf(recipe) {
  const kind = findValue(recipe.variables, 'IMAGE_KIND');
  const records = ['do_create_cyclonedx', deployRecords];
  if (kind === 'system') {
    return [
      ['do_rootfs', makeRootFileSystem],
      ['do_image_balenaos_img', makeDiskImage],
      ['do_image_docker', deployHostapp],
      records,
    ];
  }
  if (kind === 'flasher') {
    return [['do_rootfs', makeRootFileSystem], ['do_image_balenaos_img', makeDiskImage], records];
  }
  if (kind === 'extension') return [['do_image_docker', makeExtension], records];
  if (kind !== undefined)
    throw new RecipeError(`${recipe.file}: IMAGE_KIND knows system, flasher, extension, not ${kind}`);
  const install = ['do_install', installRecipe];
  return recipe.variables.has('HEADERS_DIR') ? [install, ['do_deploy', deployHeaders]] : [install];
}

async function installRecipe(recipe, build) {
  build.packages.set(recipe.name, await installPackage(recipe));
}
