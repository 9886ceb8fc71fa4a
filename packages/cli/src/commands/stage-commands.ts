import { STAGES, type Stage } from '@osrel/core';
import type { CommandSpec, ExampleSpec, OptionSpec } from '../command-spec.ts';

const SUMMARIES: Readonly<Record<Stage, string>> = {
  build: 'build the images of this version',
  test: 'run the configured suites on what was built',
  deploy: 'upload the version and make its draft release',
  finalize: 'offer a draft to devices, when its evidence allows',
  esr: 'move the three ESR tags, or look at them',
};

export const DRY_RUN: OptionSpec = { flags: '--dry-run', summary: 'print the plan, change nothing' };

export const FORCE: readonly OptionSpec[] = [
  { flags: '--force-finalize', summary: 'finalize without evidence; needs --reason' },
  { flags: '--reason <text>', summary: 'why, kept with the release' },
];

/** The same as the argument of `osrel finalize`. */
const RELEASE: OptionSpec = {
  flags: '--release <release>',
  summary: 'an existing draft: its id, commit or version',
};

export const REPORTS: OptionSpec = {
  flags: '--reports <folder>',
  summary: 'write JUnit, JSON and the kept files of test suites there',
};

/** The only way to change files that readers see already. */
export const REPLACE: OptionSpec = {
  flags: '--replace-published <version>',
  summary: 'replace the files of this published version, named on purpose',
};

const BUILD_EXAMPLES: readonly ExampleSpec[] = [
  { command: 'osrel build --machine raspberrypi5 --container', says: 'in the helper container' },
  { command: 'osrel build -- --development-image --bitbake-args -k', says: 'options of the front end' },
];

const TEST_EXAMPLES: readonly ExampleSpec[] = [
  { command: 'osrel test hup', says: 'only this suite, as a job of a CI matrix does' },
];

/** One command for each stage, in order: a stage added to STAGES appears by itself. */
export const STAGE_COMMANDS: readonly CommandSpec[] = STAGES.map((stage) => ({
  name: stage,
  summary: SUMMARIES[stage],
  group: 'Release',
  flagGroups: ['target', 'repository', 'run', ...(stage === 'build' ? (['build'] as const) : [])],
  ...(stage === 'finalize'
    ? {
        arguments: [
          { name: '[release]', summary: 'release id, commit or version; default: the draft of this version' },
        ],
      }
    : {}),
  ...(stage === 'test'
    ? {
        arguments: [{ name: '[entry...]', summary: 'entries of the test matrix, or suites; default: all' }],
      }
    : {}),
  options: [
    DRY_RUN,
    ...(stage === 'finalize' ? [RELEASE, ...FORCE] : []),
    ...(stage === 'deploy' ? [REPLACE] : []),
    ...(stage === 'test' ? [REPORTS] : []),
  ],
  examples: [
    { command: `osrel ${stage}`, says: `the ${stage} stage of this version` },
    { command: `osrel ${stage} --dry-run`, says: 'what it would do, and why' },
    ...(stage === 'build' ? BUILD_EXAMPLES : []),
    ...(stage === 'test' ? TEST_EXAMPLES : []),
  ],
  load: async () => (await import('./stage.ts')).runStage(stage),
  ...(stage === 'esr' ? { subcommands: esrSubcommands() } : {}),
}));

function esrSubcommands(): NonNullable<CommandSpec['subcommands']> {
  const common = { flagGroups: ['target', 'repository', 'run'] } as const;
  return [
    {
      ...common,
      name: 'status',
      summary: 'the tags next, current and sunset of the ESR fleet',
      examples: [{ command: 'osrel esr status --json', says: 'for scripts' }],
      load: async () => (await import('./esr.ts')).showEsrTags,
    },
    {
      ...common,
      name: 'plan',
      summary: 'what this version would do to the tags: before -> after',
      options: [
        { flags: '--for-version <version>', summary: 'an ESR version other than the one in VERSION' },
      ],
      examples: [{ command: 'osrel esr plan --for-version 2026.7.0', says: 'look ahead' }],
      load: async () => (await import('./esr.ts')).planEsrTags,
    },
    {
      ...common,
      name: 'apply',
      summary: 'run the ESR stage: the same as `osrel esr`',
      options: [DRY_RUN],
      examples: [{ command: 'osrel esr apply', says: 'rotate the tags of a finalized ESR version' }],
      load: async () => (await import('./stage.ts')).runStage('esr'),
    },
  ];
}
