import { STAGES } from '@osrel/core';
import type { CommandSpec } from '../command-spec.ts';
import { DRY_RUN, FORCE, REPLACE, REPORTS } from './stage-commands.ts';

/** Commands about whole plans and runs. */
export const RELEASE_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'plan',
    summary: 'show what a release would do, and why; changes nothing',
    group: 'Release',
    flagGroups: ['target', 'repository', 'build'],
    options: [
      {
        flags: '--stage <stage>',
        summary: 'only this stage; may be repeated',
        repeatable: true,
        choices: STAGES,
      },
      { flags: '--esr', summary: 'demand that the version is an ESR version' },
      { flags: '--out <file>', summary: 'keep the plan for `osrel run --plan`' },
      { flags: '--facts <file>', summary: 'plan from saved facts instead of asking around' },
      { flags: '--save-facts <file>', summary: 'keep the facts the plan was made from' },
    ],
    examples: [
      { command: 'osrel plan', says: 'the whole release of the only machine' },
      { command: 'osrel plan --stage build --machine raspberrypi4-64', says: 'one stage of one machine' },
      {
        command: 'osrel plan --out plan.json && osrel run --plan plan.json',
        says: 'look first, then do exactly that',
      },
    ],
    load: async () => (await import('./plan.ts')).showPlan,
  },
  {
    name: 'release',
    summary: 'all stages of a new version',
    group: 'Release',
    flagGroups: ['target', 'repository', 'run', 'build'],
    options: [
      { flags: '--esr', summary: 'demand that the version is an ESR version' },
      ...FORCE,
      REPLACE,
      REPORTS,
      DRY_RUN,
    ],
    examples: [
      { command: 'osrel release --dry-run', says: 'the plan' },
      { command: 'osrel release', says: 'build, test, deploy and finalize' },
      {
        command: 'osrel release --force-finalize --reason "lab is down"',
        says: 'without evidence, on the record',
      },
    ],
    load: async () => (await import('./release.ts')).runRelease,
  },
  {
    name: 'auto',
    summary: 'do what the CI event calls for',
    group: 'Release',
    flagGroups: ['target', 'repository', 'run', 'build'],
    options: [
      DRY_RUN,
      REPORTS,
      { flags: '--explain', summary: 'print how the event was detected' },
      { flags: '--event <file>', summary: 'this event payload instead of the one CI gives' },
    ],
    examples: [
      { command: 'osrel auto', says: 'in a workflow' },
      {
        command: 'osrel auto --event push.json --dry-run --explain',
        says: 'the same decision, at your desk',
      },
    ],
    load: async () => (await import('./auto.ts')).runAuto,
  },
  {
    name: 'run',
    summary: 'execute exactly the plan in a file',
    group: 'Release',
    flagGroups: ['repository', 'run', 'build'],
    options: [{ flags: '--plan <file>', summary: 'made by `osrel plan --out`' }, REPORTS],
    examples: [
      { command: 'osrel run --plan plan.json', says: 'refuses a plan that was altered or is stale' },
    ],
    load: async () => (await import('./run.ts')).runSavedPlan,
  },
  {
    name: 'resume',
    summary: 'continue an interrupted run from its journal',
    group: 'Release',
    flagGroups: ['repository', 'run'],
    arguments: [{ name: '[run]', summary: 'default: the only interrupted one' }],
    options: [REPORTS],
    examples: [
      { command: 'osrel resume', says: 'after a crash or Ctrl-C' },
      { command: 'osrel resume 20261121-040312-raspberrypi4-64-6.5.1-3f2a', says: 'one of several' },
    ],
    load: async () => (await import('./resume.ts')).resumeRun,
  },
];
