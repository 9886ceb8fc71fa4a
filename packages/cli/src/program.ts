import { findNearestName } from '@osrel/core';
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { ArgumentSpec, CommandSpec, OptionSpec } from './command-spec.ts';
import { COMMANDS } from './commands/registry.ts';
import { EVERYWHERE, FLAG_GROUPS } from './common-options.ts';
import { renderCommandHelp, renderProgramHelp, renderShortHelp } from './help-text.ts';

type AnyCommandSpec = Omit<CommandSpec, 'group'>;

/** What a command line asks for. */
export type CommandLine =
  | {
      readonly kind: 'command';
      /** Words of the command: `esr plan`. */
      readonly command: string;
      readonly arguments: readonly string[];
      /** Words after `--`, of a command that builds. */
      readonly frontEndArguments: readonly string[];
      /** Values given on the command line, by camel-cased option name; `--no-x` is `noX: true`. */
      readonly values: Readonly<Record<string, unknown>>;
      readonly load: NonNullable<CommandSpec['load']>;
    }
  | { readonly kind: 'print'; readonly text: string }
  | { readonly kind: 'unusable'; readonly code: string; readonly message: string; readonly hint: string };

/**
 * Reads the words after `osrel`. Never prints and never exits. What follows `--` belongs to the front end when the
 * command builds; else it is arguments, whatever it begins with.
 */
export function parseCommandLine(words: readonly string[], version: string): CommandLine {
  if (words.length === 0) return { kind: 'print', text: renderShortHelp(version) };
  const end = words.indexOf('--');
  const line = end === -1 ? undefined : parseWords(words.slice(0, end), version);
  if (line?.kind !== 'command' || !buildsSomething(line.command)) return parseWords(words, version);
  return { ...line, frontEndArguments: words.slice(end + 1) };
}

function buildsSomething(command: string): boolean {
  return COMMANDS.some((spec) => spec.name === command && spec.flagGroups.includes('build'));
}

function parseWords(words: readonly string[], version: string): CommandLine {
  const printed: string[] = [];
  const chosen: CommandLine[] = [];
  const program = createProgram(version, printed, (line) => chosen.push(line));
  try {
    program.parse(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0 || error.code === 'commander.help')
      return { kind: 'print', text: printed.join('') };
    return unusable(error, words);
  }
  return (
    chosen[0] ?? { kind: 'print', text: printed.length > 0 ? printed.join('') : renderProgramHelp(COMMANDS) }
  );
}

function createProgram(version: string, printed: string[], choose: (line: CommandLine) => void): Command {
  const program = new Command('osrel').version(version).exitOverride();
  program.configureOutput({ writeOut: (text) => printed.push(text), writeErr: (text) => printed.push(text) });
  program.helpInformation = () => renderProgramHelp(COMMANDS);
  for (const option of EVERYWHERE) program.addOption(toOption(option));
  for (const spec of COMMANDS) addCommand(program, { spec, path: spec.name, choose });
  return program;
}

interface Addition {
  readonly spec: AnyCommandSpec;
  readonly path: string;
  readonly choose: (line: CommandLine) => void;
}

function addCommand(parent: Command, { spec, path, choose }: Addition): void {
  const command = parent.command(spec.name).summary(spec.summary).copyInheritedSettings(parent);
  command.helpInformation = () => renderCommandHelp(spec, path);
  for (const argument of spec.arguments ?? []) command.addArgument(toArgument(argument));
  for (const option of listOptions(spec)) command.addOption(toOption(option));
  const subcommands = spec.subcommands ?? [];
  for (const child of subcommands)
    addCommand(command, { spec: child, path: `${path} ${child.name}`, choose });
  const { load } = spec;
  if (load === undefined) return;
  // A word that is no sub-command lands in the arguments; it is judged there, with a suggestion.
  command.allowExcessArguments(subcommands.length > 0);
  command.action(() => {
    const [stray] = subcommands.length > 0 ? command.args : [];
    if (stray !== undefined) refuseSubcommand(command, stray, subcommands);
    const values = givenValues(command);
    choose({ kind: 'command', command: path, arguments: command.args, frontEndArguments: [], values, load });
  });
}

function refuseSubcommand(command: Command, word: string, subcommands: readonly AnyCommandSpec[]): never {
  const near = findNearestName(
    word,
    subcommands.map((each) => each.name),
  );
  const suggestion = near === undefined ? '' : `\n(Did you mean ${near}?)`;
  return command.error(`error: unknown command '${word}'${suggestion}`, { code: 'commander.unknownCommand' });
}

function listOptions(spec: AnyCommandSpec): readonly OptionSpec[] {
  const all = [
    ...(spec.options ?? []),
    ...spec.flagGroups.flatMap((group) => FLAG_GROUPS[group]),
    ...EVERYWHERE,
  ];
  return all.filter((option, index) => all.findIndex((other) => other.flags === option.flags) === index);
}

function toOption(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.summary);
  if (spec.choices !== undefined) option.choices(spec.choices);
  if (spec.repeatable !== true) return option;
  const { choices } = spec;
  return option.argParser((value: string, earlier: readonly string[] | undefined) => {
    if (choices !== undefined && !choices.includes(value)) {
      throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.`);
    }
    return [...(earlier ?? []), value];
  });
}

function toArgument(spec: ArgumentSpec): Argument {
  const argument = new Argument(spec.name, spec.summary);
  return spec.choices === undefined ? argument : argument.choices(spec.choices);
}

/** Only what was typed, the words after the command winning over those before it. */
function givenValues(command: Command): Readonly<Record<string, unknown>> {
  const chain: Command[] = [];
  for (let each: Command | null = command; each !== null; each = each.parent) chain.unshift(each);
  return Object.fromEntries(
    chain.flatMap((each) =>
      Object.entries(each.opts())
        .filter(([name]) => each.getOptionValueSource(name) === 'cli')
        .map(([name, value]) =>
          value === false ? [`no${name.charAt(0).toUpperCase()}${name.slice(1)}`, true] : [name, value],
        ),
    ),
  );
}

function unusable(error: CommanderError, words: readonly string[]): CommandLine {
  const [first = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const near = /Did you mean (?:one of )?(.+?)\?/.exec(suggestion ?? '')?.[1];
  const command = COMMANDS.find((each) => words.includes(each.name));
  const help = command === undefined ? 'osrel --help' : `osrel ${command.name} --help`;
  return {
    kind: 'unusable',
    code: `usage.${error.code.replace('commander.', '').replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    message: first,
    hint: near === undefined ? `see: ${help}` : `did you mean ${near}? See: ${help}`,
  };
}
