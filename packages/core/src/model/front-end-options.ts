import {
  BITBAKE_TARGET,
  PLAIN_PATH,
  problemOfBuildDirectory,
  problemOfTemplates,
  problemOfVariable,
  SUPERVISOR_VERSION,
} from './bitbake-names.ts';
import type { BuildSettingsChange } from './build-settings-change.ts';

/** What one option asks for, or why it cannot. */
export type OptionReading = { readonly change: BuildSettingsChange } | { readonly problem: string };

/** An option of barys (balena-automation 1.2). */
export type FrontEndOption =
  | { readonly kind: 'switch'; readonly change: BuildSettingsChange }
  | { readonly kind: 'value'; readonly read: (value: string) => OptionReading }
  /** One value or more: everything up to the next word that begins with a dash. */
  | { readonly kind: 'list'; readonly read: (words: readonly string[]) => OptionReading }
  | { readonly kind: 'refused'; readonly because: string; readonly hasValue: boolean };

/** Short names, each with the long one. */
const SHORT_NAMES: Readonly<Record<string, string>> = {
  '-h': '--help',
  '-v': '--version',
  '-m': '--machine',
  '-k': '--continue',
  '-c': '--compress',
  '-d': '--development-image',
  '-r': '--remove-build',
  '-b': '--build-name',
  '-t': '--templates-path',
  '-l': '--log',
  '-n': '--dry-run',
  '-a': '--additional-variable',
  '-i': '--interactive',
};

const OPTIONS: Readonly<Record<string, FrontEndOption>> = {
  '--continue': { kind: 'switch', change: { continueAfterFailure: true } },
  '--compress': { kind: 'switch', change: { compressImage: true } },
  '--development-image': { kind: 'switch', change: { developmentImage: true } },
  '--remove-build': { kind: 'switch', change: { fresh: true } },
  '--rm-work': { kind: 'switch', change: { removeWork: true } },
  '--build-history': { kind: 'switch', change: { buildHistory: true } },
  // Every line of a build is kept in the run's log, so that there is nothing left to ask for.
  '--log': { kind: 'switch', change: {} },
  '--bitbake-args': { kind: 'list', read: readBitbakeArguments },
  '--bitbake-target': { kind: 'list', read: readTargets },
  '--supervisor-version': { kind: 'value', read: readSupervisorVersion },
  '--build-name': { kind: 'value', read: readBuildDirectory },
  '--shared-downloads': { kind: 'value', read: (path) => readFolder(path, { downloads: path }) },
  '--shared-sstate': { kind: 'value', read: (path) => readFolder(path, { sharedState: path }) },
  '--templates-path': { kind: 'value', read: readTemplates },
  '--additional-variable': { kind: 'value', read: readVariable },
};

const refusedOption = (because: string, hasValue: 'value' | 'alone' = 'alone'): FrontEndOption => ({
  kind: 'refused',
  because,
  hasValue: hasValue === 'value',
});

/** Options that osrel stands in for, and those that barys had once (balena-automation 1.2). */
const REFUSED: Readonly<Record<string, FrontEndOption>> = {
  '--help': refusedOption('it only prints help; see: osrel build --help'),
  '--version': refusedOption('it only prints the version of barys; see: osrel --version'),
  '--machine': refusedOption('the machine is chosen with osrel build --machine NAME', 'value'),
  '--dry-run': refusedOption('it would build nothing; see: osrel build --dry-run'),
  '--interactive': refusedOption('osrel never waits for answers; write the wishes as options'),
  '--resinio': refusedOption('barys has it no more, it is always so; leave it out'),
  '--staging': refusedOption('barys has it no more; choose the backend with --env NAME'),
  '--debug-image': refusedOption('barys has it no more; use --development-image'),
  '--supervisor-tag': refusedOption('barys has it no more; use --supervisor-version VERSION', 'value'),
  '--skip-discontinued': refusedOption('barys has it no more; choose machines with --machine'),
  '--extension': refusedOption(
    'barys has it no more; an extension is a service with x-build.recipe in the composition',
    'value',
  ),
  '--bitbake-task': refusedOption('barys never released it; use --bitbake-args "-c TASK"', 'value'),
};

/** Long names of the options that may be given, for "did you mean". */
export const OPTION_NAMES: readonly string[] = Object.keys(OPTIONS);

/** The option of that name, short or long; undefined when barys has none. */
export function findFrontEndOption(name: string): FrontEndOption | undefined {
  const long = Object.hasOwn(SHORT_NAMES, name) ? (SHORT_NAMES[name] ?? name) : name;
  if (Object.hasOwn(OPTIONS, long)) return OPTIONS[long];
  return Object.hasOwn(REFUSED, long) ? REFUSED[long] : undefined;
}

function readBitbakeArguments(words: readonly string[]): OptionReading {
  if (words.some((word) => /\p{Cc}/u.test(word))) {
    return { problem: 'an argument for bitbake must be on one line, without control characters' };
  }
  return { change: { bitbakeArguments: words } };
}

function readTargets(words: readonly string[]): OptionReading {
  const wrong = words.filter((word) => !BITBAKE_TARGET.test(word));
  return wrong.length === 0
    ? { change: { targets: words } }
    : { problem: `no bitbake target: ${wrong.map((word) => JSON.stringify(word)).join(', ')}` };
}

function readSupervisorVersion(value: string): OptionReading {
  return SUPERVISOR_VERSION.test(value)
    ? { change: { supervisorVersion: value } }
    : { problem: `"${value}" is no supervisor version, such as 17.0.1` };
}

function readBuildDirectory(value: string): OptionReading {
  const problem = problemOfBuildDirectory(value);
  return problem === undefined ? { change: { buildDirectory: value } } : { problem };
}

function readFolder(path: string, change: BuildSettingsChange): OptionReading {
  return path.startsWith('/') && PLAIN_PATH.test(path)
    ? { change }
    : { problem: `"${path}" is no absolute path without blanks and quotes` };
}

function readTemplates(path: string): OptionReading {
  const problem = problemOfTemplates(path);
  return problem === undefined ? { change: { templates: path } } : { problem };
}

function readVariable(assignment: string): OptionReading {
  const at = assignment.indexOf('=');
  if (at === -1) return { problem: 'needs NAME=VALUE' };
  const name = assignment.slice(0, at);
  const value = assignment.slice(at + 1);
  const problem = problemOfVariable(name, value);
  return problem === undefined ? { change: { variables: [{ name, value }] } } : { problem };
}
