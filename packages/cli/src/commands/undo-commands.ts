import type { CommandSpec, OptionSpec } from '../command-spec.ts';
import { DRY_RUN } from './stage-commands.ts';

const REASON: OptionSpec = {
  flags: '--reason <text>',
  summary: 'why; kept with the release and in the ledger',
};

const CONFIRM: OptionSpec = {
  flags: '--confirm <version>',
  summary: 'the version once more, where nobody can be asked',
};

/** Commands that take back what was published. */
export const UNDO_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'withdraw',
    summary: 'take a published version out of every offer; its files stay',
    group: 'Release',
    flagGroups: ['target', 'repository', 'run'],
    arguments: [{ name: '<version>', summary: 'the version, as it was released' }],
    options: [REASON, CONFIRM, DRY_RUN],
    examples: [
      { command: 'osrel withdraw 6.5.1 --reason "loses the network" --dry-run', says: 'what it would do' },
      {
        command: 'osrel withdraw 6.5.1 --reason "loses the network" --confirm 6.5.1',
        says: 'in a CI job',
      },
    ],
    load: async () => (await import('./undo.ts')).runWithdrawal,
  },
  {
    name: 'rollback',
    summary: 'point latest at an earlier version again',
    group: 'Release',
    flagGroups: ['target', 'repository', 'run'],
    arguments: [{ name: '<pointer>', summary: 'latest' }],
    options: [
      { flags: '--to <version>', summary: 'default: the newest version before it that can be offered' },
      { flags: '--esr', summary: 'the ESR pointer' },
      REASON,
      CONFIRM,
      DRY_RUN,
    ],
    examples: [
      { command: 'osrel rollback latest --reason "slow boots" --dry-run', says: 'where it would go' },
      {
        command: 'osrel rollback latest --to 6.5.0 --reason "slow boots" --confirm 6.5.0',
        says: 'in a CI job',
      },
    ],
    load: async () => (await import('./undo.ts')).runRollback,
  },
];
