import { readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { bitbake } from '../recipes/bitbake.mjs';
import { stopPrograms } from '../recipes/run-program.mjs';
import { sourceDate } from '../recipes/source-date.mjs';
import { HELP, parseArguments } from './arguments.mjs';
import { chooseTemplates, confNotes, initialiseBuild } from './build-folder.mjs';
import { loadDeviceTypes } from './device-types.mjs';
import { editLocalConf } from './local-conf.mjs';
import { BarysError, createLog } from './log.mjs';

const VERSION = '1.4';
const SIGNAL_STATUS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/**
 * barys: 0 done, 1 wrong usage or configuration, 2 at least one build failed.
 * @param {string[]} words the command line after the program name
 * @param {string} repository root of the device repository
 * @returns {Promise<number>} the exit status
 */
export async function main(words, repository) {
  let log = createLog();
  try {
    const options = parseArguments(words);
    if (options.help) return answer(HELP);
    if (options.version) return answer(`${VERSION}\n`);
    log = createLog(options.log ? resolve('barys.log') : undefined);
    stopOnSignals(log);
    log.header(`${new Date().toString()}\n${process.cwd()}\nbarys ${visible(words).join(' ')}\n`);
    const deviceTypes = await loadDeviceTypes(repository);
    const machines = chooseMachines(options.machines, deviceTypes);
    const buildDirectory = await configure(repository, { options, deviceTypes, log });
    log.log(`BalenaOS build initialized in directory: ${options.buildName}.`);
    if (options.dryRun) {
      log.warn('Dry run: nothing was built. Set MACHINE yourself before you start bitbake.');
      return 0;
    }
    return await buildAll(machines, { repository, buildDirectory, options, deviceTypes, log });
  } catch (error) {
    if (!(error instanceof BarysError)) throw error;
    log.error(error.message);
    return 1;
  }
}

function answer(text) {
  process.stdout.write(text);
  return 0;
}

/** The log keeps the names of additional variables, not their values: some are credentials. */
function visible(words) {
  const hides = (word) => word === '-a' || word === '--additional-variable';
  return words.map((word, index) => (hides(words[index - 1]) ? word.replace(/=[\s\S]*/, '=...') : word));
}

function stopOnSignals(log) {
  for (const [signal, status] of Object.entries(SIGNAL_STATUS)) {
    process.once(signal, () => {
      stopPrograms();
      log.warn(`Stopped by ${signal}.`);
      process.exit(status);
    });
  }
}

function chooseMachines(asked, deviceTypes) {
  const supported = [...new Set(deviceTypes.map(({ json }) => json.yocto.machine))];
  const unknown = asked.filter((machine) => !supported.includes(machine));
  if (unknown.length > 0) {
    throw new BarysError(
      `Machine ${unknown.join(', ')} is not supported. Supported: ${supported.join(', ')}.`,
    );
  }
  return asked.length > 0 ? asked : supported;
}

async function configure(repository, { options, deviceTypes, log }) {
  const buildDirectory = join(repository, options.buildName);
  const templates = await chooseTemplates(repository, options.templatesPath);
  if (options.removeBuild) {
    log.log(`Removing ${buildDirectory}.`);
    await rm(buildDirectory, { recursive: true, force: true });
  }
  await initialiseBuild(buildDirectory, templates);
  await writeFile(join(buildDirectory, 'conf/conf-notes.txt'), confNotes(deviceTypes));
  const file = join(buildDirectory, 'conf/local.conf');
  const { text, withoutEffect } = editLocalConf(await readFile(file, 'utf8'), options);
  for (const pattern of withoutEffect)
    log.warn(`conf/local.conf has no line with ${pattern}: the setting has no effect.`);
  await writeFile(file, text);
  return buildDirectory;
}

async function buildAll(machines, { repository, buildDirectory, options, deviceTypes, log }) {
  const epochSeconds = await sourceDate(repository);
  const flags = [...options.bitbakeArguments, ...(options.continue ? ['-k'] : [])];
  const done = new Set();
  let status = 0;
  for (const machine of machines) {
    for (const { json } of deviceTypes.filter((deviceType) => deviceType.json.yocto.machine === machine)) {
      const targets = options.bitbakeTargets.length > 0 ? options.bitbakeTargets : [json.yocto.image];
      if (!targets[0]) throw new BarysError(`No target image defined for ${machine}.`);
      const pair = `${machine}-${targets.join(' ')}`;
      if (done.has(pair)) {
        log.log(`Build for ${pair} already done.`);
        continue;
      }
      done.add(pair);
      log.log(`Run build for ${machine}: MACHINE=${machine} bitbake ${[...targets, ...flags].join(' ')}`);
      if ((await bitbake({ repository, buildDirectory, machine, targets, flags, epochSeconds })) === 0) {
        log.log(`Build for ${machine} suceeded.`);
      } else {
        log.log(
          `Build for ${machine} failed. Check failed log in ${options.buildName}/tmp/log/cooker/${machine} .`,
        );
        status = 2;
      }
      if (options.bitbakeTargets.length === 0) {
        const image = `${json.yocto.image}-${machine}.${json.yocto.fstype}`;
        log.log(`Expected image: ${options.buildName}/tmp/deploy/images/${machine}/${image}`);
      }
    }
  }
  return status;
}
