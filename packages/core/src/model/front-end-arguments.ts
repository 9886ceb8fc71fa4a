import { badConfig, type Problem } from '../errors/osrel-error.ts';
import { type ArgumentProblem, type ArgumentWords, openArgumentWords } from './argument-words.ts';
import { type BuildSettingsChange, mergeSettingsChanges } from './build-settings-change.ts';
import { type FrontEndOption, findFrontEndOption, OPTION_NAMES } from './front-end-options.ts';
import { findNearestName } from './nearest-name.ts';

export interface ReadArguments {
  readonly change: BuildSettingsChange;
  readonly problems: readonly ArgumentProblem[];
}

/**
 * Reads arguments for the front end in barys' language (balena-automation 1.2), whole: nothing is passed on unread. An
 * item is one word, or, when it begins with a dash, a line of words with a shell's quotes (`-a NAME="a b" -k`); the item
 * after an option that takes a value is that value as it stands, blanks included.
 */
export function readFrontEndArguments(items: readonly string[]): ReadArguments {
  const words = openArgumentWords(items);
  let change: BuildSettingsChange = {};
  const problems: ArgumentProblem[] = [];
  for (let word = words.next(); word !== undefined; word = words.next()) {
    const reading = readOption(word.text, words);
    if ('problem' in reading) problems.push({ item: word.item, message: reading.problem });
    else change = mergeSettingsChanges(change, reading.change);
  }
  return { change, problems: [...words.problems, ...problems].sort((a, b) => a.item - b.item) };
}

/**
 * The same for arguments that must be right; `source` names their list (`osrel.yml build.args`).
 * @throws config `build.bad-arguments` with every problem at its item
 */
export function parseFrontEndArguments(items: readonly string[], source: string): BuildSettingsChange {
  const { change, problems } = readFrontEndArguments(items);
  if (problems.length > 0) throw badArguments(placeProblems(problems, source));
  return change;
}

/** Problems with their place: `osrel.yml build.args[2]`. */
export function placeProblems(problems: readonly ArgumentProblem[], source: string): readonly Problem[] {
  return problems.map(({ item, message }) => ({ at: `${source}[${item}]`, message }));
}

/** Config `build.bad-arguments` for these problems. */
export function badArguments(problems: readonly Problem[]) {
  const [first] = problems;
  const message =
    problems.length === 1 && first !== undefined
      ? `${first.at}: ${first.message}`
      : `${problems.length} arguments for the build cannot be used`;
  return badConfig('build.bad-arguments', message, {
    problems,
    hint: `known options: ${OPTION_NAMES.join(' ')}`,
  });
}

type Reading = { readonly change: BuildSettingsChange } | { readonly problem: string };

function readOption(name: string, words: ArgumentWords): Reading {
  const option = findFrontEndOption(name);
  if (option === undefined) {
    words.skipValues();
    return { problem: describeUnknown(name) };
  }
  switch (option.kind) {
    case 'switch':
      return { change: option.change };
    case 'refused':
      return refusal(name, option, words);
    case 'value': {
      const value = words.value();
      if (value === undefined || value === '') return { problem: `${name} needs a value` };
      return named(name, option.read(value));
    }
    case 'list': {
      const known = words.problems.length;
      const values = words.values();
      if (words.problems.length > known) return { change: {} };
      if (values.length === 0) return { problem: `${name} needs a value` };
      return named(name, option.read(values));
    }
  }
}

function refusal(
  name: string,
  option: Extract<FrontEndOption, { kind: 'refused' }>,
  words: ArgumentWords,
): Reading {
  if (option.hasValue) words.skipValues();
  return { problem: `option ${name} cannot be used: ${option.because}` };
}

function named(name: string, reading: Reading): Reading {
  return 'problem' in reading ? { problem: `${name}: ${reading.problem}` } : reading;
}

// Only the part before "=" is told: behind it may be a secret.
function describeUnknown(word: string): string {
  const name = word.split('=')[0] ?? word;
  if (!name.startsWith('-')) {
    return `"${name}" belongs to no option; a value with blanks needs quotes: -a 'NAME=a b'`;
  }
  if (name !== word && findFrontEndOption(name) !== undefined) {
    return `${name} takes its value as a word of its own: ${name} VALUE`;
  }
  const near = name.startsWith('--') ? findNearestName(name, OPTION_NAMES) : undefined;
  return `unknown option ${name}${near === undefined ? '' : `; did you mean ${near}?`}`;
}
