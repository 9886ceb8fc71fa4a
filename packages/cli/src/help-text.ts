import type { ArgumentSpec, CommandSpec, ExampleSpec, OptionSpec } from './command-spec.ts';
import { EVERYWHERE, FLAG_GROUPS } from './common-options.ts';

type AnyCommandSpec = Omit<CommandSpec, 'group'>;

const GROUPS = ['Release', 'Look', 'Pieces', 'Set up'] as const;

/** What bare `osrel` prints: where to start. */
export function renderShortHelp(version: string): string {
  return [
    `osrel ${version}: releases of operating-system images`,
    '',
    renderExamples([
      { command: 'osrel init', says: 'set up this device repository' },
      { command: 'osrel doctor', says: 'is everything here that a release needs?' },
      { command: 'osrel plan', says: 'what a release would do, and why' },
      { command: 'osrel release', says: 'do it' },
      { command: 'osrel why finalize', says: 'why something did not happen' },
    ]),
    'All commands: osrel --help',
    '',
  ].join('\n');
}

/** `osrel --help`. */
export function renderProgramHelp(commands: readonly CommandSpec[]): string {
  const width = Math.max(...commands.map((command) => command.name.length));
  const groups = GROUPS.map((group) => {
    const lines = commands
      .filter((command) => command.group === group)
      .map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`);
    return `${group}\n${lines.join('\n')}\n`;
  });
  return [
    'Usage: osrel <command> [options]',
    '',
    ...groups,
    renderOptions('Options of every command', [
      ...EVERYWHERE,
      { flags: '--help', summary: 'help, also of one command: osrel plan --help' },
      { flags: '--version', summary: 'print the version' },
    ]),
    'Exit codes: 0 done, 1 build failed, 2 usage or configuration, 3 tests, 4 refused, 5 remote side,',
    '6 test rig, 7 conflict, 8 integrity, 9 permission, 70 defect, 130/143 interrupted. Retry 5, 6 and 7.',
    '',
  ].join('\n');
}

/** `osrel <command> --help`: examples first. */
export function renderCommandHelp(spec: AnyCommandSpec, path: string): string {
  const own = [...(spec.options ?? []), ...spec.flagGroups.flatMap((group) => FLAG_GROUPS[group])];
  const parts = [
    `osrel ${path}: ${spec.summary}\n`,
    `Examples\n${renderExamples(spec.examples)}`,
    `Usage: osrel ${usageOf(spec, path)}\n`,
    renderRows(
      'Commands',
      (spec.subcommands ?? []).map((child) => [child.name, child.summary] as const),
    ),
    renderRows(
      'Arguments',
      (spec.arguments ?? []).map((argument) => [argument.name, describeArgument(argument)] as const),
    ),
    renderOptions('Options', dedupe(own)),
    renderOptions('Options of every command', EVERYWHERE),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function usageOf(spec: AnyCommandSpec, path: string): string {
  const child = spec.subcommands === undefined ? [] : [spec.load === undefined ? '<command>' : '[command]'];
  const words = (spec.arguments ?? []).map((argument) => argument.name);
  const last = spec.flagGroups.includes('build') ? ['[-- front-end arguments]'] : [];
  return [path, ...child, ...words, '[options]', ...last].join(' ');
}

function describeArgument(argument: ArgumentSpec): string {
  return argument.summary;
}

function renderExamples(examples: readonly ExampleSpec[]): string {
  const width = Math.min(60, Math.max(...examples.map((example) => example.command.length)));
  return examples.map((example) => `  ${example.command.padEnd(width)}  # ${example.says}\n`).join('');
}

function renderOptions(title: string, options: readonly OptionSpec[]): string {
  return renderRows(
    title,
    options.map((option) => [option.flags, describeOption(option)] as const),
  );
}

function describeOption(option: OptionSpec): string {
  return option.choices === undefined ? option.summary : `${option.summary} (${option.choices.join(', ')})`;
}

function renderRows(title: string, rows: readonly (readonly [name: string, text: string])[]): string {
  if (rows.length === 0) return '';
  const width = Math.max(...rows.map(([name]) => name.length));
  return `${title}\n${rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}\n`).join('')}`;
}

function dedupe(options: readonly OptionSpec[]): readonly OptionSpec[] {
  return options.filter(
    (option, index) => options.findIndex((other) => other.flags === option.flags) === index,
  );
}
