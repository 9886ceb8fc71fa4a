import { isAbsolute } from 'node:path';
import { BarysError } from './log.mjs';

const SWITCHES = {
  '-k': 'continue',
  '--continue': 'continue',
  '-c': 'compress',
  '--compress': 'compress',
  '-d': 'development',
  '--development-image': 'development',
  '-r': 'removeBuild',
  '--remove-build': 'removeBuild',
  '-l': 'log',
  '--log': 'log',
  '-n': 'dryRun',
  '--dry-run': 'dryRun',
  '--rm-work': 'removeWork',
  '--build-history': 'buildHistory',
  '-h': 'help',
  '--help': 'help',
  '-v': 'version',
  '--version': 'version',
  '-i': 'interactive',
  '--interactive': 'interactive',
};

const WITH_VALUE = {
  '--supervisor-version': 'supervisorVersion',
  '-b': 'buildName',
  '--build-name': 'buildName',
  '-t': 'templatesPath',
  '--templates-path': 'templatesPath',
  '--shared-downloads': 'sharedDownloads',
  '--shared-sstate': 'sharedState',
};

const LISTS = { '--bitbake-args': 'bitbakeArguments', '--bitbake-target': 'bitbakeTargets' };

/**
 * Reads the command line of barys.
 * @param {string[]} words
 * @returns {object} every option with its default filled in
 * @throws {BarysError} naming the option and the value that is wrong
 */
export function parseArguments(words) {
  const options = defaults();
  let at = 0;
  while (at < words.length) {
    const word = words[at];
    if (SWITCHES[word] !== undefined) {
      options[SWITCHES[word]] = true;
      at += 1;
    } else if (LISTS[word] !== undefined) {
      const end = listEnd(words, at);
      options[LISTS[word]].push(...words.slice(at + 1, end));
      at = end;
    } else {
      readValue(options, word, words[at + 1]);
      at += 2;
    }
  }
  if (options.interactive) {
    throw new BarysError(
      'The questions of --interactive are left out of this example: give the options instead (see --help).',
    );
  }
  return checked(options);
}

function defaults() {
  return {
    machines: [],
    bitbakeArguments: [],
    bitbakeTargets: [],
    additionalVariables: [],
    buildName: 'build',
  };
}

/** The first word belongs to the list in any case; the others up to the next one that begins with a dash. */
function listEnd(words, at) {
  if (words[at + 1] === undefined) throw new BarysError(`${words[at]} needs at least one word.`);
  let end = at + 2;
  while (end < words.length && !words[end].startsWith('-')) end += 1;
  return end;
}

function readValue(options, option, value) {
  const isMachine = option === '-m' || option === '--machine';
  const isVariable = option === '-a' || option === '--additional-variable';
  if (!isMachine && !isVariable && WITH_VALUE[option] === undefined) {
    throw new BarysError(`Unrecognized option ${option}.`);
  }
  if (value === undefined || value === '') throw new BarysError(`${option} needs a value.`);
  if (isMachine) options.machines.push(value);
  else if (isVariable) options.additionalVariables.push(readVariable(value));
  else options[WITH_VALUE[option]] = value;
}

function readVariable(text) {
  const match = /^([A-Za-z_][A-Za-z0-9_-]*)=([^\n\r\0]*)$/.exec(text);
  if (match === null)
    throw new BarysError(`Invalid additional variable: ${text}. It has to be NAME=VALUE on one line.`);
  return { name: match[1], value: match[2] };
}

function checked(options) {
  for (const [option, path] of [
    ['--shared-downloads', options.sharedDownloads],
    ['--shared-sstate', options.sharedState],
  ]) {
    if (path !== undefined && !isAbsolute(path))
      throw new BarysError(`${option} needs an absolute path, not ${path}.`);
  }
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(options.buildName)) {
    throw new BarysError(`--build-name is no plain folder name: ${options.buildName}`);
  }
  return options;
}

export const HELP = `Usage: barys [options]

Configures and runs the build of a device repository.

  -h, --help                      this text
  -v, --version                   the version of this program
  -m, --machine NAME              machine to build; repeatable; default: all supported machines
  -k, --continue                  go on as far as possible after a failed task
      --bitbake-args WORD...      words for bitbake
      --bitbake-target WORD...    targets to build; default: the image of the device type
  -c, --compress                  also write the raw image compressed with xz
  -d, --development-image         build a development image
      --supervisor-version V      pin the supervisor
  -r, --remove-build              remove the build folder first
  -b, --build-name NAME           name of the build folder; default: build
      --shared-downloads PATH     absolute path of a shared download folder
      --shared-sstate PATH        absolute path of a shared state folder
  -t, --templates-path PATH       folder with bblayers.conf.sample
  -l, --log                       mirror the log lines to barys.log in the current folder
  -n, --dry-run                   write the configuration and stop
      --rm-work                   remove the work folders after the build
      --build-history             keep a history of what went into the images
  -a, --additional-variable NAME=VALUE   append to local.conf; repeatable
  -i, --interactive               not in this example: give the options instead
`;
