import { resolve } from 'node:path';
import {
  asOsrelError,
  type EnvironmentConfig,
  OsrelError,
  type Permissions,
  type Plan,
  type PlannedRelease,
  permissionsOf,
  STAGES,
  type Trigger,
} from '@osrel/core';
import { printAnswer } from '../answer.ts';
import { commandTrigger, releaseStages } from '../command-trigger.ts';
import type { CommandRun, Host, Invocation, Workspace } from '../host.ts';
import { planAsking } from '../plan-asking.ts';
import { renderPermissions } from '../text/permissions-text.ts';
import { readFacts } from './plan.ts';

/** `osrel permissions`: what the credentials of the environment must be allowed for the plan, and nothing more. */
export const showPermissions: CommandRun = async (invocation, host) => {
  const { settings } = invocation;
  const { trigger, deployEnvironment } = await readTrigger(invocation, host);
  const workspace = await host.openWorkspace(settings, settings.environment ?? deployEnvironment);
  const planned = await planOrAdvise(invocation, host, { trigger, workspace });
  const plans = planned.map(({ plan }) => plan);
  const environment = environmentOf(workspace);
  const permissions = permissionsOf(plans, environment);
  printAnswer(host, settings, {
    text: () => renderPermissions({ permissions, plans, environment }),
    document: () => permissionsDocument(permissions, plans, environment),
  });
  return 0;
};

/** The event in a file when one is named, else what a release with these flags would be asked for. */
async function readTrigger(
  invocation: Invocation,
  host: Host,
): Promise<{ readonly trigger: Trigger; readonly deployEnvironment: string | null }> {
  const { flags, settings } = invocation;
  const event = flags.findText('event');
  if (event !== undefined) {
    const { ports } = await host.openWorkspace(settings);
    const { sha } = await ports.sourceRepository.readHead();
    return host.readCiEvent({ file: resolve(settings.directory, event), headSha: sha });
  }
  const asked = flags.listTexts('stage');
  const stages = asked.length === 0 ? releaseStages(flags) : STAGES.filter((stage) => asked.includes(stage));
  const [only] = stages;
  const command = stages.length === 1 && only !== undefined ? only : 'release';
  return { trigger: commandTrigger(invocation, { command, stages }), deployEnvironment: null };
}

interface Wanted {
  readonly trigger: Trigger;
  readonly workspace: Workspace;
}

/** Planning asks the services too; whoever has no permission yet can plan from facts of the embedded world. */
async function planOrAdvise(
  invocation: Invocation,
  host: Host,
  { trigger, workspace }: Wanted,
): Promise<readonly PlannedRelease[]> {
  const { settings } = invocation;
  const { machines, slug } = settings;
  const { config, environment, ports } = workspace;
  const savedFacts = await readFacts(invocation);
  try {
    // Nobody waits for checks: what is needed does not depend on how they end.
    const waiting = { minutes: 0 };
    const wanted = { trigger, config, environment, machines, slug, savedFacts, waiting };
    return await planAsking(wanted, { host, settings, ports });
  } catch (error) {
    const known = asOsrelError(error);
    if (known?.kind !== 'permission') throw error;
    throw new OsrelError(known.kind, known.code, known.message, {
      hint: `ask without credentials: osrel plan --env local --save-facts facts.json, then osrel permissions --env ${environment} --facts facts.json`,
      cause: error,
    });
  }
}

function environmentOf({ config, environment }: Workspace): EnvironmentConfig {
  const found = config.environments[environment];
  if (found === undefined) throw new Error(`environment ${environment} is in force and not configured`);
  return found;
}

/** `--json`: what is granted where, with the names of the variables that carry the credentials. */
function permissionsDocument(
  { aws, balena, github, notes }: Permissions,
  plans: readonly Plan[],
  { name, secrets }: EnvironmentConfig,
) {
  const { balenaApiKey, githubToken, githubAppId, githubAppKey } = secrets;
  const variablesOf = (...sources: readonly ({ readonly env: string } | undefined)[]) =>
    sources.flatMap((source) => source?.env ?? []);
  return {
    schemaVersion: 1,
    environment: name,
    plans: plans.map(({ planId, target }) => ({ planId, target })),
    aws,
    balena: balena === null ? null : { variables: variablesOf(balenaApiKey), ...balena },
    github:
      github === null ? null : { variables: variablesOf(githubToken, githubAppId, githubAppKey), ...github },
    notes,
  };
}
