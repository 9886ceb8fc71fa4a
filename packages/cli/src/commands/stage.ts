import { badUsage, STAGES, type Stage } from '@osrel/core';
import { carryOut } from '../carry-out.ts';
import { commandTrigger } from '../command-trigger.ts';
import type { CommandRun, Invocation } from '../host.ts';

/** The command of one stage. */
export function runStage(stage: Stage): CommandRun {
  return async (invocation, host) => {
    const { settings, flags } = invocation;
    const release = stage === 'finalize' ? releaseOf(invocation) : null;
    const entries = stage === 'test' ? invocation.arguments : [];
    const trigger = commandTrigger(invocation, { command: stage, stages: [stage], release, entries });
    const workspace = await host.openWorkspace(settings);
    const mode = flags.isSet('dryRun') ? 'preview' : 'execute';
    return carryOut(invocation, host, { trigger, mode, workspace, next: nextCommand(stage) });
  };
}

/** The release to finalize, as an argument or by its option. Throws usage `release.named-twice`. */
function releaseOf({ arguments: [argument], flags }: Invocation): string | null {
  const option = flags.findText('release');
  if (argument === undefined || option === undefined || argument === option)
    return argument ?? option ?? null;
  throw badUsage('release.named-twice', `release ${argument} and --release ${option} are two releases`, {
    hint: 'name one of them',
  });
}

function nextCommand(stage: Stage): string {
  const next = STAGES[STAGES.indexOf(stage) + 1];
  return next === undefined || stage === 'finalize' ? 'osrel status' : `osrel ${next}`;
}
