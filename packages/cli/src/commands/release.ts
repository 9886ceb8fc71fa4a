import { carryOut } from '../carry-out.ts';
import { commandTrigger, releaseStages } from '../command-trigger.ts';
import type { CommandRun } from '../host.ts';

/** `osrel release`: all stages of a new version. */
export const runRelease: CommandRun = async (invocation, host) => {
  const trigger = commandTrigger(invocation, { command: 'release', stages: releaseStages(invocation.flags) });
  const workspace = await host.openWorkspace(invocation.settings);
  const mode = invocation.flags.isSet('dryRun') ? 'preview' : 'execute';
  return carryOut(invocation, host, { trigger, mode, workspace, next: 'osrel status' });
};
