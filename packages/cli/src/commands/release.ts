import { STAGES } from '@osrel/core';
import { carryOut } from '../carry-out.ts';
import { commandTrigger } from '../command-trigger.ts';
import type { CommandRun } from '../host.ts';

/** `osrel release`: all stages of a new version. */
export const runRelease: CommandRun = async (invocation, host) => {
  const trigger = commandTrigger(invocation, { command: 'release', stages: STAGES });
  const workspace = await host.openWorkspace(invocation.settings);
  const mode = invocation.flags.isSet('dryRun') ? 'preview' : 'execute';
  return carryOut(invocation, host, { trigger, mode, workspace, next: 'osrel status' });
};
