import type { CommandSpec } from '../command-spec.ts';
import { CONTAINER } from '../common-options.ts';

/** Commands for setting osrel up. */
export const SET_UP_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'init',
    summary: 'write osrel.yml, .gitignore entries and a workflow',
    group: 'Set up',
    flagGroups: ['target'],
    options: [
      { flags: '--github', summary: 'also write .github/workflows/osrel.yml' },
      { flags: '--no-github', summary: 'no workflow file' },
      { flags: '--force', summary: 'replace files that exist' },
      { flags: '--dry-run', summary: 'print what it would write' },
      { flags: '--yes', summary: 'answer yes to every question' },
    ],
    examples: [
      { command: 'osrel init', says: 'asks two questions' },
      { command: 'osrel init --no-input --github', says: 'in a script' },
    ],
    load: async () => (await import('./init.ts')).initialise,
  },
  {
    name: 'config',
    summary: 'the configuration: problems, values, schema',
    group: 'Set up',
    flagGroups: ['repository'],
    arguments: [{ name: '<what>', summary: 'check, print or schema', choices: ['check', 'print', 'schema'] }],
    examples: [
      { command: 'osrel config check', says: 'all problems at once' },
      { command: 'osrel config print', says: 'every value with where it came from' },
    ],
    load: async () => (await import('./config.ts')).showConfig,
  },
  {
    name: 'doctor',
    summary: 'what is missing on this machine, and what mends it',
    group: 'Set up',
    flagGroups: ['target', 'repository'],
    options: [CONTAINER],
    examples: [
      { command: 'osrel doctor', says: 'exit 2 when something required is missing' },
      { command: 'osrel doctor --container', says: 'for builds in a container' },
    ],
    load: async () => (await import('./doctor.ts')).examine,
  },
  {
    name: 'completion',
    summary: 'shell completion with machines and versions',
    group: 'Set up',
    flagGroups: [],
    arguments: [{ name: '<shell>', summary: 'bash, zsh or fish', choices: ['bash', 'zsh', 'fish'] }],
    examples: [
      { command: 'source <(osrel completion bash)', says: 'in ~/.bashrc' },
      { command: 'osrel completion fish > ~/.config/fish/completions/osrel.fish', says: 'fish' },
    ],
    load: async () => (await import('./completion.ts')).printCompletion,
  },
];
