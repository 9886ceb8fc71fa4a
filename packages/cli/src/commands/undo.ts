import { badUsage, formatOsVersion, type Plan, parseOsVersion, refused, type Trigger } from '@osrel/core';
import { carryOut } from '../carry-out.ts';
import type { CommandRun, Host, Invocation } from '../host.ts';
import { renderPlans } from '../text/plan-text.ts';

/** `osrel withdraw VERSION`: takes a published version out of every offer. */
export const runWithdrawal: CommandRun = async (invocation, host) => {
  const version = formatOsVersion(parseOsVersion(invocation.arguments[0] ?? ''));
  return runUndo(invocation, host, {
    kind: 'undo',
    action: 'withdraw',
    repository: null,
    version,
    esr: false,
    reason: reasonOf(invocation),
  });
};

/** `osrel rollback latest`: points `latest` at an earlier version. */
export const runRollback: CommandRun = async (invocation, host) => {
  const [pointer] = invocation.arguments;
  if (pointer !== 'latest') {
    throw badUsage('rollback.pointer-unknown', `"${pointer ?? ''}" is no pointer that can be rolled back`, {
      hint: 'osrel rollback latest',
    });
  }
  const to = invocation.flags.findText('to');
  return runUndo(invocation, host, {
    kind: 'undo',
    action: 'rollback',
    repository: null,
    version: to === undefined ? null : formatOsVersion(parseOsVersion(to)),
    esr: invocation.flags.isSet('esr'),
    reason: reasonOf(invocation),
  });
};

async function runUndo(invocation: Invocation, host: Host, trigger: Trigger): Promise<number> {
  const workspace = await host.openWorkspace(invocation.settings);
  const mode = invocation.flags.isSet('dryRun') ? 'preview' : 'execute';
  return carryOut(invocation, host, {
    trigger,
    mode,
    workspace,
    next: 'osrel status',
    confirm: (plans) => confirm(plans, invocation, host),
  });
}

function reasonOf({ flags, command }: Invocation): string {
  const reason = flags.findText('reason')?.trim() ?? '';
  if (reason !== '') return reason;
  throw badUsage('undo.no-reason', `osrel ${command} needs --reason TEXT, which is kept for good`, {
    hint: 'add for example: --reason "loses the network after an hour"',
  });
}

/** Nothing is taken back by a slip: a person types the version, a script names it a second time. */
async function confirm(plans: readonly Plan[], { flags, settings }: Invocation, host: Host): Promise<void> {
  const versions = [...new Set(plans.map(versionToConfirm))];
  const wanted = versions.join(', ');
  const given = flags.findText('confirm');
  if (given !== undefined) {
    if (versions.every((version) => version === canonical(given))) return;
    throw refused('undo.not-confirmed', `--confirm says ${given}, the plan is about ${wanted}`, {
      hint: 'look at it with --dry-run, then name the version it says',
    });
  }
  if (!host.terminal.canAsk || settings.input !== 'ask') {
    throw refused('undo.not-confirmed', `nobody confirmed that ${wanted} is meant`, {
      hint: `add --confirm ${versions[0] ?? 'VERSION'}`,
    });
  }
  host.terminal.stderr.write(`${renderPlans(plans)}\n`);
  const answer = await host.terminal.ask(`type ${wanted} to go on: `);
  if (answer.trim() !== wanted)
    throw refused('undo.not-confirmed', 'nothing was changed: the answer was another one', {
      hint: 'run it again, or see what it would do with --dry-run',
    });
}

/** The version that goes, or for a rollback the one that is offered instead. */
function versionToConfirm({ steps, target, trigger }: Plan): string {
  if (trigger.kind !== 'undo' || trigger.action !== 'rollback') return target.version;
  const back = steps.find((step) => step.kind === 'move-latest-back')?.with;
  return isRecord(back) && typeof back.to === 'string' ? back.to : target.version;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function canonical(text: string): string {
  return formatOsVersion(parseOsVersion(text));
}
