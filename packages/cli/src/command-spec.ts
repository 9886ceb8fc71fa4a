import type { CommandRun } from './host.ts';

export interface OptionSpec {
  /** As commander reads it: `--machine <name>`, `--json`, `--container [engine]` with a value or without. */
  readonly flags: string;
  readonly summary: string;
  readonly repeatable?: boolean;
  readonly choices?: readonly string[];
}

export interface ArgumentSpec {
  /** `<file>` is required, `[run]` is not. */
  readonly name: string;
  readonly summary: string;
  readonly choices?: readonly string[];
}

export interface ExampleSpec {
  readonly command: string;
  readonly says: string;
}

/** Groups of common flags a command understands (cli.md, common flags); `build` also takes words after `--`. */
export type FlagGroup = 'target' | 'repository' | 'run' | 'build';

/** One command as data; its code is loaded when it runs, so that help costs nothing. */
export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** Heading it is listed under in `osrel --help`. */
  readonly group: 'Release' | 'Look' | 'Pieces' | 'Set up';
  readonly arguments?: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  readonly flagGroups: readonly FlagGroup[];
  readonly examples: readonly ExampleSpec[];
  readonly load?: () => Promise<CommandRun>;
  readonly subcommands?: readonly Omit<CommandSpec, 'group' | 'subcommands'>[];
}
