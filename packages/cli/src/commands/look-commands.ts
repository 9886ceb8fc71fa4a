import { STAGES } from '@osrel/core';
import type { CommandSpec } from '../command-spec.ts';

/** Commands that only read. */
export const LOOK_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'runs',
    summary: 'what ran here, newest first',
    group: 'Look',
    flagGroups: ['repository'],
    options: [{ flags: '--limit <count>', summary: 'at most this many (default: 20)' }],
    examples: [{ command: 'osrel runs', says: 'with outcomes' }],
    load: async () => (await import('./runs.ts')).listRuns,
  },
  {
    name: 'logs',
    summary: 'the kept logs of a run',
    group: 'Look',
    flagGroups: ['repository'],
    arguments: [
      { name: '<run>', summary: 'run id, or "last"' },
      { name: '[step]', summary: 'one step' },
      { name: '[log]', summary: 'the log of one failed task of that step' },
    ],
    examples: [
      { command: 'osrel logs last', says: 'every step of the newest run' },
      { command: 'osrel logs last build-hostapp', says: 'one step' },
    ],
    load: async () => (await import('./logs.ts')).showLogs,
  },
  {
    name: 'status',
    summary: 'releases, tags, object store and git side by side',
    group: 'Look',
    flagGroups: ['target', 'repository'],
    options: [{ flags: '--audit', summary: 'exit 8 on any disagreement' }],
    examples: [
      { command: 'osrel status', says: 'every device type' },
      { command: 'osrel status --audit --json', says: 'for a nightly check' },
    ],
    load: async () => (await import('./status.ts')).showStatus,
  },
  {
    name: 'why',
    summary: 'why a release is not final, a step was left out, a run was refused',
    group: 'Look',
    flagGroups: ['target', 'repository'],
    arguments: [{ name: '<subject>', summary: 'run id, version, step or stage' }],
    examples: [
      { command: 'osrel why finalize', says: 'the chain of reasons, and the command that changes it' },
      { command: 'osrel why 6.5.1', says: 'about a version' },
    ],
    load: async () => (await import('./why.ts')).explainWhy,
  },
  {
    name: 'tests',
    summary: 'how often tests failed, were retried and waived, by device type',
    group: 'Look',
    flagGroups: ['target', 'repository'],
    options: [
      { flags: '--suite <suite>', summary: 'only this suite or entry of the test matrix' },
      { flags: '--since <time>', summary: 'a date, or a time ago: 12h, 30d, 8w' },
      { flags: '--failed-only', summary: 'only what failed, was retried or was waived' },
    ],
    examples: [
      { command: 'osrel tests', says: 'those that failed most first' },
      {
        command: 'osrel tests --slug raspberrypi5 --since 30d --failed-only',
        says: 'flaky ones of one board',
      },
    ],
    load: async () => (await import('./tests.ts')).showTests,
  },
  {
    name: 'permissions',
    summary: 'the IAM policy and token scopes that a release needs, and no more',
    group: 'Look',
    flagGroups: ['target', 'repository', 'build'],
    options: [
      {
        flags: '--stage <stage>',
        summary: 'only this stage; may be repeated',
        repeatable: true,
        choices: STAGES,
      },
      { flags: '--esr', summary: 'with the ESR tags of a fleet' },
      { flags: '--event <file>', summary: 'for what this CI event calls for' },
      { flags: '--facts <file>', summary: 'plan from saved facts: needs no credentials yet' },
    ],
    examples: [
      { command: 'osrel permissions --env production', says: 'for a whole release' },
      {
        command: 'osrel permissions --env production --stage deploy --json',
        says: 'of one stage, for a script that makes the role',
      },
      {
        command:
          'osrel plan --env local --save-facts facts.json && osrel permissions --env production --facts facts.json',
        says: 'before there are any credentials',
      },
    ],
    load: async () => (await import('./permissions.ts')).showPermissions,
  },
  {
    name: 'verify',
    summary: 'check a published version against its manifest',
    group: 'Look',
    flagGroups: [],
    arguments: [{ name: '<place>', summary: 'folder or http(s) address of the version' }],
    examples: [
      { command: 'osrel verify deploy/raspberrypi4-64/6.5.1', says: 'every size and digest' },
      { command: 'osrel verify https://example.com/images/raspberrypi4-64/6.5.1', says: 'what devices get' },
    ],
    load: async () => (await import('./verify.ts')).verifyVersion,
  },
];
