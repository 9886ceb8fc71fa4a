import { resolve } from 'node:path';
import { refused, type Trigger } from '@osrel/core';
import { printAnswer, say } from '../answer.ts';
import { carryOut } from '../carry-out.ts';
import type { CommandRun, Host, Invocation, Workspace } from '../host.ts';

/** `osrel auto`: what the CI event calls for. */
export const runAuto: CommandRun = async (invocation, host) => {
  const { settings, flags } = invocation;
  const event = await host.readCiEvent(await findReplay(invocation, host));
  if (flags.isSet('explain')) for (const line of event.trace) say(host, settings, line);
  const { trigger } = event;
  const isPreview = flags.isSet('dryRun');
  if (trigger.kind === 'nothing' && !isPreview) {
    const decisions = [{ rule: 'event', outcome: 'skip', because: trigger.because }];
    const document = { schemaVersion: 1, runId: null, planId: null, outcome: 'done', steps: [], decisions };
    printAnswer(host, settings, {
      text: () => `nothing to do: ${trigger.because}`,
      document: () => document,
    });
    return 0;
  }
  const workspace = await openForEvent(event.deployEnvironment, { invocation, host, isPreview });
  if (!isPreview) refuseForkWithSecrets(trigger, workspace);
  return carryOut(invocation, host, {
    trigger,
    mode: isPreview ? 'preview' : 'execute',
    workspace,
    next: null,
  });
};

/**
 * The workspace in the environment that the flag or the event names. A dry run of an event for an environment that is
 * not configured here is planned against the default one, and says so; executing it is refused.
 */
async function openForEvent(
  named: string | null,
  { invocation, host, isPreview }: { invocation: Invocation; host: Host; isPreview: boolean },
): Promise<Workspace> {
  const { settings } = invocation;
  const wanted = settings.environment ?? named;
  if (!isPreview || settings.environment !== null || named === null) {
    return host.openWorkspace(settings, wanted);
  }
  const workspace = await host.openWorkspace(settings);
  if (Object.hasOwn(workspace.config.environments, named)) return host.openWorkspace(settings, named);
  const said = `the event asks for environment ${named}, which osrel.yml does not configure`;
  say(host, settings, `${said}; this preview is for ${workspace.environment}`);
  return workspace;
}

/** Code of a fork must not run beside credentials: whoever opened the pull request could read them. */
function refuseForkWithSecrets(trigger: Trigger, { secretValues }: Workspace): void {
  if (trigger.kind !== 'pull-request' || trigger.origin === 'own' || !trigger.carriesSecrets) return;
  if (secretValues.length === 0) return;
  throw refused(
    'fork.secrets-visible',
    `pull request #${trigger.number} comes from a fork, and this job holds ${secretValues.length} credential(s) that its code could read`,
    { hint: 'build forks on the event pull_request, which carries no secrets' },
  );
}

/** The payload to replay, when one was named. */
async function findReplay({ flags, settings }: Invocation, host: Host) {
  const file = flags.findText('event');
  if (file === undefined) return null;
  const { ports } = await host.openWorkspace(settings);
  const { sha } = await ports.sourceRepository.readHead();
  return { file: resolve(settings.directory, file), headSha: sha };
}
