import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findBootPackages } from './boot-packages.mjs';
import { createBuildConsole } from './build-console.mjs';
import { deviceTypeJson, loadConfiguration, loadRecipes } from './configuration.mjs';
import { createDeployDirectory, timeStamp } from './deploy-directory.mjs';
import { findExt4Tools } from './ext4.mjs';
import { runTasks } from './run-tasks.mjs';
import { tasksOf } from './task-list.mjs';
import { findValue, RecipeError, wordsOf } from './variables.mjs';

const FLAGS = {
  '-k': 'continue',
  '--continue': 'continue',
  '-n': 'dryRun',
  '--dry-run': 'dryRun',
  '-v': 'verbose',
  '--verbose': 'verbose',
  '-D': 'verbose',
  '-DD': 'verbose',
  '-DDD': 'verbose',
  '-q': 'quiet',
  '--quiet': 'quiet',
  '-f': 'force',
  '--force': 'force',
};

/**
 * Builds targets for one machine, printing what bitbake would print.
 * @param {{ repository: string, buildDirectory: string, machine: string, targets: string[], flags: string[],
 *   epochSeconds: number }} request
 * @returns {Promise<number>} 0, or 1 when a task or the configuration is broken
 */
export async function bitbake(request) {
  const { buildDirectory, machine } = request;
  const terminal = createBuildConsole(join(buildDirectory, 'tmp/log/cooker', machine, 'console-latest.log'));
  try {
    const wanted = readFlags(request.flags);
    const configuration = await loadConfiguration(request);
    const recipes = await loadRecipes(configuration);
    printConfiguration(terminal, { machine, configuration, recipes });
    const tasks = tasksOf(request.targets, recipes);
    if (wanted.has('dryRun')) {
      for (const { recipe, name } of tasks) terminal.note(`dry run: ${recipe.file}:${name}`);
      return 0;
    }
    const build = await prepareBuild({ request, configuration, recipes, terminal });
    const failed = await runTasks(tasks, build, wanted);
    await afterBuild(build, configuration.variables);
    return failed.length === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof RecipeError)) throw error;
    terminal.fail(error.message);
    terminal.print('Summary: There was 1 ERROR message, returning a non-zero exit code.');
    return 1;
  }
}

function readFlags(flags) {
  const unknown = flags.filter((flag) => FLAGS[flag] === undefined);
  if (unknown.length > 0) throw new RecipeError(`bitbake: unrecognized arguments: ${unknown.join(' ')}`);
  return new Set(flags.map((flag) => FLAGS[flag]));
}

function printConfiguration(terminal, { machine, configuration, recipes }) {
  const { variables } = configuration;
  const count = recipes.size;
  terminal.print(
    `Parsing of ${count} .bb files complete (0 cached, ${count} parsed). ${count} targets, 0 skipped, 0 masked, 0 errors.`,
  );
  const rows = [
    ['MACHINE', machine],
    ['DISTRO', 'balena-os'],
    ['DISTRO_VERSION', findValue(variables, 'HOSTOS_VERSION')],
    ['TARGET_ARCH', findValue(variables, 'TARGET_ARCH')],
    ['OS_DEVELOPMENT', findValue(variables, 'OS_DEVELOPMENT') ?? '0'],
  ];
  const lines = rows.map(([name, value]) => `${name.padEnd(20)} = "${value}"`);
  terminal.print(`\nBuild Configuration:\n${lines.join('\n')}\n`);
}

async function prepareBuild({ request, configuration, recipes, terminal }) {
  const { machine, repository, epochSeconds } = request;
  const { variables } = configuration;
  const temporary = findValue(variables, 'TMPDIR');
  for (const folder of ['DL_DIR', 'SSTATE_DIR'].map((name) => findValue(variables, name))) {
    if (folder !== undefined) await mkdir(folder, { recursive: true });
  }
  const withExt4 = await findExt4Tools();
  if (!withExt4)
    terminal.note('mke2fs and debugfs are missing: root, state and data become FAT file systems.');
  const bootPackages = await findBootPackages(repository);
  const supervisorVersion = chooseSupervisor(variables, recipes);
  for (const recipe of recipes.values()) {
    recipe.variables.set('SUPERVISOR_VERSION', supervisorVersion);
    const unified = findValue(recipe.variables, 'UNIFIED_KERNEL') === '1';
    if (unified && bootPackages.kind === 'found')
      recipe.variables.set('KERNEL_VERSION', bootPackages.kernelVersion);
  }
  return {
    machine,
    version: checkedVersion(variables),
    supervisorVersion,
    epochSeconds,
    withExt4,
    temporary,
    bootPackages,
    terminal,
    deviceType: await deviceTypeJson(repository, variables),
    workDirectory: join(temporary, 'work', machine),
    deploy: createDeployDirectory(join(temporary, 'deploy'), machine, timeStamp(epochSeconds)),
    packages: new Map(),
    results: new Map(),
  };
}

function checkedVersion(variables) {
  const version = findValue(variables, 'HOSTOS_VERSION');
  if (!/^\d+\.\d+\.\d+[0-9A-Za-z.+-]*$/.test(version)) {
    throw new RecipeError(`VERSION holds no version: ${version}`);
  }
  return version;
}

function chooseSupervisor(variables, recipes) {
  const asked = findValue(variables, 'SUPERVISOR_VERSION') ?? recipes.get('balena-supervisor')?.version;
  if (!/^v?\d+\.\d+\.\d+[0-9A-Za-z._-]*$/.test(asked ?? '')) {
    throw new RecipeError(`SUPERVISOR_VERSION is no version: ${asked}`);
  }
  return `v${asked.replace(/^v/, '')}`;
}

async function afterBuild(build, variables) {
  const inherited = wordsOf(variables, 'INHERIT');
  if (inherited.includes('buildhistory')) await writeHistory(build, variables);
  if (inherited.includes('rm_work')) await rm(build.workDirectory, { recursive: true, force: true });
}

async function writeHistory(build, variables) {
  for (const [name, { rootA, packages }] of build.results) {
    const folder = join(findValue(variables, 'TOPDIR'), 'buildhistory/images', build.machine, name);
    await mkdir(folder, { recursive: true });
    const files = [...rootA].map(([path, entry]) => `/${path} ${entry.bytes?.length ?? 0}`).sort();
    await writeFile(join(folder, 'files-in-image.txt'), `${files.join('\n')}\n`);
    const names = packages.map((found) => `${found.name}\n`);
    await writeFile(join(folder, 'installed-packages.txt'), names.join(''));
  }
}
