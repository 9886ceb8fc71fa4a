import type { CommandSpec, OptionSpec } from '../../packages/cli/src/command-spec.ts';
import { COMMANDS } from '../../packages/cli/src/commands/registry.ts';
import { EVERYWHERE, FLAG_GROUPS } from '../../packages/cli/src/common-options.ts';
import { code, page, table } from './markdown.ts';

type AnyCommand = Omit<CommandSpec, 'group'>;

const GROUPS = [...new Set(COMMANDS.map((command) => command.group))];

/** Every command with its examples, arguments and options, from the data that also makes `--help`. */
export function renderCommands(): string {
  const overview = GROUPS.map(
    (group) =>
      `**${group}**: ${COMMANDS.filter((command) => command.group === group)
        .map((command) => `[${command.name}](#osrel-${command.name})`)
        .join(', ')}`,
  ).join('  \n');
  return page(
    'Commands',
    'What a command prints on stdout is its answer; everything else is on stderr. How it ended is its [exit code](exit-codes.md).',
    overview,
    '## Options of every command',
    optionTable(EVERYWHERE),
    ...COMMANDS.flatMap((command) => renderCommand(command, command.name)),
  );
}

function renderCommand(command: AnyCommand, path: string): readonly string[] {
  const own = command.options ?? [];
  const shared = command.flagGroups
    .flatMap((group) => FLAG_GROUPS[group])
    .filter((option) => own.every((each) => each.flags !== option.flags));
  const children = command.subcommands ?? [];
  return [
    `${path.includes(' ') ? '###' : '##'} osrel ${path}`,
    `${sentence(command.summary)} ${usage(command, path)}`,
    `\`\`\`sh\n${command.examples.map(({ command: line, says }) => `${line}   # ${says}`).join('\n')}\n\`\`\``,
    table(
      ['argument', 'what it is'],
      (command.arguments ?? []).map(({ name, summary, choices }) => [
        code(name),
        withChoices(summary, choices),
      ]),
    ),
    optionTable([...own, ...shared]),
    ...children.flatMap((child) => renderCommand(child, `${path} ${child.name}`)),
  ];
}

function usage(command: AnyCommand, path: string): string {
  if (command.load === undefined) return 'It needs one of the commands below.';
  const last = command.flagGroups.includes('build') ? ['[-- front-end arguments]'] : [];
  const names = (command.arguments ?? []).map((argument) => argument.name);
  const words = [path, ...names, '[options]', ...last];
  return `Usage: ${code(`osrel ${words.join(' ')}`)}`;
}

function optionTable(options: readonly OptionSpec[]): string {
  return table(
    ['option', 'what it does'],
    options.map(({ flags, summary, choices }) => [code(flags), withChoices(summary, choices)]),
  );
}

function withChoices(summary: string, choices: readonly string[] | undefined): string {
  return choices === undefined ? summary : `${summary}; one of ${choices.map(code).join(', ')}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
