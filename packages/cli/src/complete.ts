import { STAGES } from '@osrel/core';
import type { CommandSpec, OptionSpec } from './command-spec.ts';
import { COMMANDS } from './commands/registry.ts';
import { EVERYWHERE, FLAG_GROUPS } from './common-options.ts';

type AnyCommandSpec = Omit<CommandSpec, 'group'>;

/** Names that only the repository knows. */
export interface DynamicNames {
  readonly machines: () => Promise<readonly string[]>;
  readonly versions: () => Promise<readonly string[]>;
  readonly runs: () => Promise<readonly string[]>;
}

/** Candidates for the last of `words`, which is being typed; the words are those after `osrel`. */
export async function listCandidates(
  words: readonly string[],
  names: DynamicNames,
): Promise<readonly string[]> {
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const { spec, operands } = findCommand(before);
  const options = spec === undefined ? EVERYWHERE : optionsOf(spec);
  const open = openOption(before.at(-1), options);
  const all =
    open === undefined
      ? await wordsOf({ spec, operands, typed, options, names })
      : await valuesOf(open, names);
  return all.filter((candidate) => candidate.startsWith(typed));
}

interface Question {
  readonly spec: AnyCommandSpec | undefined;
  readonly operands: readonly string[];
  readonly typed: string;
  readonly options: readonly OptionSpec[];
  readonly names: DynamicNames;
}

async function wordsOf({ spec, operands, typed, options, names }: Question): Promise<readonly string[]> {
  if (typed.startsWith('-')) return [...options.flatMap((option) => longNameOf(option) ?? []), '--help'];
  if (spec === undefined) return COMMANDS.map((command) => command.name);
  if (spec.subcommands !== undefined && operands.length === 0)
    return spec.subcommands.map((child) => child.name);
  const argument = spec.arguments?.[operands.length];
  if (argument?.choices !== undefined) return argument.choices;
  switch (argument?.name) {
    case '[run]':
    case '<run>':
      return ['last', ...(await names.runs())];
    case '[name]':
      return names.machines();
    case '[release]':
      return names.versions();
    case '<subject>':
      return [...STAGES, ...(await names.versions()), ...(await names.runs())];
    default:
      return [];
  }
}

async function valuesOf(option: OptionSpec, names: DynamicNames): Promise<readonly string[]> {
  if (option.choices !== undefined) return option.choices;
  if (longNameOf(option) === '--machine' || longNameOf(option) === '--slug') return names.machines();
  return longNameOf(option) === '--for-version' ? names.versions() : [];
}

/** The command that the words before the cursor name, and its arguments so far. */
function findCommand(words: readonly string[]): {
  readonly spec: AnyCommandSpec | undefined;
  readonly operands: readonly string[];
} {
  let spec: AnyCommandSpec | undefined;
  let children: readonly AnyCommandSpec[] = COMMANDS;
  const operands: string[] = [];
  for (const [index, word] of words.entries()) {
    const options = spec === undefined ? EVERYWHERE : optionsOf(spec);
    if (word.startsWith('-') || openOption(words[index - 1], options) !== undefined) continue;
    const child = children.find((each) => each.name === word);
    if (child === undefined || operands.length > 0) operands.push(word);
    else spec = child;
    children = child?.subcommands ?? [];
  }
  return { spec, operands };
}

function optionsOf(spec: AnyCommandSpec): readonly OptionSpec[] {
  return [...(spec.options ?? []), ...spec.flagGroups.flatMap((group) => FLAG_GROUPS[group]), ...EVERYWHERE];
}

/** The option that `word` is, when it waits for its value. */
function openOption(word: string | undefined, options: readonly OptionSpec[]): OptionSpec | undefined {
  return options.find((option) => /[<[]/.test(option.flags) && longNameOf(option) === word);
}

function longNameOf(option: OptionSpec): string | undefined {
  return /--[a-z-]+/.exec(option.flags)?.[0];
}
