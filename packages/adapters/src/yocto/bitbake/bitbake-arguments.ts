import { badConfig, findNearestName, type Problem } from '@osrel/core';
import { checkTarget } from '../build-name.ts';

interface BitbakeOption {
  readonly names: readonly string[];
  readonly takesValue: boolean;
  /** Why a build of osrel cannot have it. */
  readonly refused?: string;
}

const flag = (...names: readonly string[]): BitbakeOption => ({ names, takesValue: false });
const valued = (...names: readonly string[]): BitbakeOption => ({ names, takesValue: true });
const declined = (because: string, takesValue: boolean, ...names: readonly string[]): BitbakeOption => ({
  names,
  takesValue,
  refused: because,
});

const NO_BUILD = 'it builds nothing';
const SERVER = 'osrel starts and ends the bitbake server of a build itself';

/** The options of bitbake 1.46 to 2.19. */
const OPTIONS: readonly BitbakeOption[] = [
  flag('-k', '--continue'),
  flag('-f', '--force'),
  flag('-v', '--verbose'),
  flag('-D', '--debug'),
  flag('-q', '--quiet'),
  flag('--no-setscene'),
  flag('--skip-setscene'),
  flag('--setscene-only'),
  valued('-b', '--buildfile'),
  valued('-c', '--cmd'),
  valued('-C', '--clear-stamp'),
  valued('-r', '--read'),
  valued('-R', '--postread'),
  valued('-S', '--dump-signatures'),
  valued('-I', '--ignore-deps'),
  valued('-l', '--log-domains'),
  valued('--runall'),
  valued('--runonly'),
  declined(NO_BUILD, false, '-h', '--help'),
  declined(NO_BUILD, false, '--version'),
  declined(NO_BUILD, false, '-n', '--dry-run'),
  declined(NO_BUILD, false, '-p', '--parse-only'),
  declined(NO_BUILD, false, '-s', '--show-versions'),
  declined(NO_BUILD, false, '-e', '--environment'),
  declined(NO_BUILD, false, '-g', '--graphviz'),
  declined(NO_BUILD, false, '--revisions-changed'),
  declined('it is a flag in some versions of bitbake and takes a value in others', false, '-P', '--profile'),
  declined('osrel reads the console of the user interface knotty', true, '-u', '--ui'),
  declined('osrel follows the event log, and names its file itself', true, '-w', '--write-log'),
  declined(SERVER, true, '-B', '--bind'),
  declined(SERVER, true, '-T', '--idle-timeout'),
  declined(SERVER, true, '--remote-server'),
  declined(SERVER, true, '--token'),
  declined(SERVER, false, '-m', '--kill-server'),
  declined(SERVER, false, '--observe-only'),
  declined(SERVER, false, '--status-only'),
  declined(SERVER, false, '--server-only'),
];

const BY_NAME = new Map(OPTIONS.flatMap((option) => option.names.map((name) => [name, option] as const)));

/**
 * The configured words for bitbake, when every option among them is one of bitbake's that a build can have, and every
 * other word a target. Throws config `build.argument-unusable` with all that are not, usage `build.malformed-name`
 * for a target.
 */
export function checkBitbakeArguments(words: readonly string[]): readonly string[] {
  const problems: Problem[] = [];
  let awaitsValue: string | undefined;
  for (const [index, word] of words.entries()) {
    if (awaitsValue !== undefined) {
      awaitsValue = undefined;
      continue;
    }
    if (!word.startsWith('-') || word === '-') {
      checkTarget(word);
      continue;
    }
    const read = readOption(word);
    if (read.problem === undefined) awaitsValue = read.awaitsValue ? word : undefined;
    else problems.push({ at: `build.bitbake-args[${index}]`, message: `${word}: ${read.problem}` });
  }
  if (awaitsValue !== undefined) {
    problems.push({ at: 'build.bitbake-args', message: `${awaitsValue}: a value must follow` });
  }
  if (problems.length > 0) throw unusable(problems);
  return words;
}

interface ReadOption {
  readonly awaitsValue: boolean;
  readonly problem?: string;
}

function readOption(word: string): ReadOption {
  if (!word.startsWith('--')) return readLetters(word);
  const [name = word, value] = word.split(/=(.*)/s, 2);
  const option = BY_NAME.get(name);
  if (option?.refused !== undefined) return { awaitsValue: false, problem: option.refused };
  if (option === undefined) return { awaitsValue: false, problem: unknown(name) };
  if (value !== undefined && !option.takesValue) return { awaitsValue: false, problem: 'it takes no value' };
  return { awaitsValue: option.takesValue && value === undefined };
}

/** `-kf`, `-DDD`, `-cclean`: flags in one word; the rest of the word after one with a value is the value. */
function readLetters(word: string): ReadOption {
  for (const [index, letter] of [...word.slice(1)].entries()) {
    const option = BY_NAME.get(`-${letter}`);
    if (option?.refused !== undefined) return { awaitsValue: false, problem: option.refused };
    if (option === undefined) return { awaitsValue: false, problem: unknown(`-${letter}`) };
    if (option.takesValue) return { awaitsValue: index === word.length - 2 };
  }
  return { awaitsValue: false };
}

function unknown(name: string): string {
  const near = name.startsWith('--') ? findNearestName(name, [...BY_NAME.keys()]) : undefined;
  return near === undefined
    ? 'bitbake has no such option'
    : `bitbake has no such option; did you mean ${near}?`;
}

function unusable(problems: readonly Problem[]): Error {
  const all = problems.map(({ message }) => message).join('; ');
  return badConfig('build.argument-unusable', `bitbake cannot be given ${all}`, {
    hint: 'build.bitbake-args takes options of bitbake that go with a build, each word its own item',
    problems,
  });
}
