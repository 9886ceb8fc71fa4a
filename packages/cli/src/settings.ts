import { resolve } from 'node:path';
import { type BuildFlags, badUsage } from '@osrel/core';
import { CONTAINER_CHOICES } from './common-options.ts';
import type { Flags } from './flags.ts';

export type OutputForm = 'text' | 'json' | 'jsonl';

/** The common flags of cli.md, settled once; nothing below reads flags or environment variables for them again. */
export interface Settings {
  readonly output: OutputForm;
  readonly input: 'ask' | 'never';
  readonly confirmation: 'ask' | 'given';
  readonly verbosity: 'quiet' | 'normal' | 'verbose';
  readonly stacks: 'shown' | 'hidden';
  /** Absolute path of the file that gets every run event as NDJSON. */
  readonly eventsFile: string | null;
  /** Absolute path of a folder that gets the reports of test suites. */
  readonly reportsFolder: string | null;
  /** Absolute path that relative paths of this command start from. */
  readonly directory: string;
  readonly configFile: string | null;
  readonly environment: string | null;
  readonly machines: readonly string[];
  readonly slug: string | null;
  /** What the command line says about builds, over osrel.yml. */
  readonly build: BuildFlags;
}

/** What a command line says besides its command. */
export interface SaidFlags {
  readonly flags: Flags;
  /** Words after `--`, for the front end of builds. */
  readonly frontEndArguments: readonly string[];
}

/** Settles the common flags. Throws usage `flags.contradiction` when two of them cannot both hold. */
export function settleFlags({ flags, frontEndArguments }: SaidFlags, startDirectory: string): Settings {
  const directory = resolve(startDirectory, flags.findText('cwd') ?? '.');
  const eventsFile = flags.findText('events');
  const reports = flags.findText('reports');
  const configFile = flags.findText('config');
  if (flags.isSet('quiet') && flags.isSet('verbose')) {
    throw badUsage('flags.contradiction', '--quiet and --verbose cannot both hold', {
      hint: 'give one of them',
    });
  }
  return {
    output: settleOutput(flags),
    input: flags.isSet('noInput') ? 'never' : 'ask',
    confirmation: flags.isSet('yes') ? 'given' : 'ask',
    verbosity: flags.isSet('quiet') ? 'quiet' : flags.isSet('verbose') ? 'verbose' : 'normal',
    stacks: flags.isSet('debug') ? 'shown' : 'hidden',
    eventsFile: eventsFile === undefined ? null : resolve(directory, eventsFile),
    reportsFolder: reports === undefined ? null : resolve(directory, reports),
    directory,
    configFile: configFile === undefined ? null : resolve(directory, configFile),
    environment: flags.findText('env') ?? null,
    machines: flags.listTexts('machine'),
    slug: flags.findText('slug') ?? null,
    build: settleBuild(flags, frontEndArguments),
  };
}

function settleBuild(flags: Flags, frontEndArguments: readonly string[]): BuildFlags {
  const named = CONTAINER_CHOICES.find((choice) => choice === flags.findText('container'));
  const container = named ?? (flags.isSet('container') ? CONTAINER_CHOICES[0] : undefined);
  return { ...(container === undefined ? {} : { container }), arguments: frontEndArguments };
}

function settleOutput(flags: Flags): OutputForm {
  const asked = flags.findText('output');
  if (!flags.isSet('json')) return asked === 'json' || asked === 'jsonl' ? asked : 'text';
  if (asked === undefined || asked === 'json') return 'json';
  throw badUsage('flags.contradiction', `--json and --output ${asked} cannot both hold`, {
    hint: 'give one of them',
  });
}
