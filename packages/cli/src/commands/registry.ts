import type { CommandSpec } from '../command-spec.ts';
import { LOOK_COMMANDS } from './look-commands.ts';
import { PIECE_COMMANDS } from './piece-commands.ts';
import { RECEIPT_COMMANDS } from './receipt-commands.ts';
import { RELEASE_COMMANDS } from './release-commands.ts';
import { SET_UP_COMMANDS } from './set-up-commands.ts';
import { STAGE_COMMANDS } from './stage-commands.ts';
import { UNDO_COMMANDS } from './undo-commands.ts';

/** Every command of osrel, as data, in the order of `osrel --help`. */
export const COMMANDS: readonly CommandSpec[] = [
  ...RELEASE_COMMANDS.filter((command) => command.name === 'plan'),
  ...STAGE_COMMANDS,
  ...RELEASE_COMMANDS.filter((command) => command.name !== 'plan'),
  ...UNDO_COMMANDS,
  ...LOOK_COMMANDS,
  ...RECEIPT_COMMANDS,
  ...PIECE_COMMANDS,
  ...SET_UP_COMMANDS,
];
