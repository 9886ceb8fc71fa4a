import type { FlagGroup, OptionSpec } from './command-spec.ts';

/** Values of `--container`; without a value it is the first. */
export const CONTAINER_CHOICES = ['auto', 'docker', 'podman', 'none'] as const;

export const CONTAINER: OptionSpec = {
  flags: '--container [engine]',
  summary: 'build in a container, or with none on this machine',
  choices: CONTAINER_CHOICES,
};

/** Understood by every command. */
export const EVERYWHERE: readonly OptionSpec[] = [
  { flags: '--cwd <dir>', summary: 'work as if started in this folder' },
  { flags: '--output <form>', summary: 'form of the answer', choices: ['text', 'json', 'jsonl'] },
  { flags: '--json', summary: 'short for --output json' },
  { flags: '--no-input', summary: 'never ask' },
  { flags: '--quiet', summary: 'only the answer and errors' },
  { flags: '--verbose', summary: 'every line of every tool' },
  { flags: '--debug', summary: 'show stack traces' },
];

export const FLAG_GROUPS: Readonly<Record<FlagGroup, readonly OptionSpec[]>> = {
  target: [
    { flags: '--machine <name>', summary: 'machine or device type; may be repeated', repeatable: true },
    { flags: '--slug <name>', summary: 'device type, where a machine has several' },
  ],
  repository: [
    { flags: '--env <name>', summary: 'deployment environment (default: local)' },
    { flags: '--config <file>', summary: 'configuration instead of osrel.yml' },
  ],
  build: [CONTAINER],
  run: [
    { flags: '--events <file>', summary: 'write every run event to this file as JSON lines' },
    { flags: '--yes', summary: 'answer yes to every question' },
  ],
};
