import { STAGES, type Stage } from '@osrel/core';
import { carryOut } from '../carry-out.ts';
import { commandTrigger } from '../command-trigger.ts';
import type { CommandRun } from '../host.ts';

/** The command of one stage. */
export function runStage(stage: Stage): CommandRun {
  return async (invocation, host) => {
    const { settings, flags } = invocation;
    const [release = null] = stage === 'finalize' ? invocation.arguments : [];
    const trigger = commandTrigger(invocation, { command: stage, stages: [stage], release });
    const workspace = await host.openWorkspace(settings);
    const mode = flags.isSet('dryRun') ? 'preview' : 'execute';
    return carryOut(invocation, host, { trigger, mode, workspace, next: nextCommand(stage) });
  };
}

function nextCommand(stage: Stage): string {
  const next = STAGES[STAGES.indexOf(stage) + 1];
  return next === undefined || stage === 'finalize' ? 'osrel status' : `osrel ${next}`;
}
