import { asOsrelError, type OsrelError, type Plan, refused } from '@osrel/core';
import type { Host, Workspace } from './host.ts';

/**
 * A saved plan is executed only while planning again would give the same one, byte for byte. A plan that was begun here
 * already is not held to that: what it did itself changed the facts, and its probes adopt that.
 * Throws refused `plan.stale` naming what differs.
 */
export async function refuseOutdated(
  plan: Plan,
  { workspace, host }: { readonly workspace: Workspace; readonly host: Host },
): Promise<void> {
  const runs = await workspace.runStore.list();
  if (runs.some((run) => run.planId === plan.planId)) return;
  const fresh = await planAgain(plan, { workspace, host });
  if (fresh.planId === plan.planId) return;
  throw stale(plan, `it differs in ${listDifferences(plan, fresh).join('; ')}`);
}

async function planAgain(
  plan: Plan,
  { workspace, host }: { readonly workspace: Workspace; readonly host: Host },
): Promise<Plan> {
  const { config, environment, ports } = workspace;
  const { machine, slug } = plan.target;
  try {
    const request = {
      trigger: plan.trigger,
      config,
      environment,
      machines: [machine],
      slug,
      savedFacts: null,
      // As the saved plan was made.
      waiting: { minutes: 0 },
    };
    const [planned] = await host.planRelease(request, ports);
    if (planned !== undefined) return planned.plan;
  } catch (error) {
    const known = asOsrelError(error);
    if (known === undefined || known.kind === 'upstream') throw error;
    throw stale(plan, `planning again is refused: ${known.message}`, known);
  }
  throw stale(plan, `the repository has no device type ${slug} any more`);
}

function stale(plan: Plan, because: string, cause?: OsrelError): OsrelError {
  return refused(
    'plan.stale',
    `the plan of ${plan.target.machine} ${plan.target.version} is out of date: ${because}`,
    {
      hint: 'plan again with: osrel plan --out FILE (with --container or words after --: give them to osrel run too)',
      cause,
      details: { planId: plan.planId, ...(cause === undefined ? {} : { refusal: cause.code }) },
    },
  );
}

/** What changed, in a few words: source, steps, and the first decisions that came out otherwise. */
function listDifferences(plan: Plan, fresh: Plan): readonly string[] {
  const decided = new Map(plan.decisions.map((decision) => [decision.rule, decision.because]));
  const decisions = fresh.decisions
    .filter((decision) => decided.get(decision.rule) !== decision.because)
    .map((decision) => `${decision.rule} (now: ${decision.because})`);
  const ids = (steps: Plan['steps']): string => steps.map((step) => step.id).join(' ');
  return [
    ...(plan.source.sha === fresh.source.sha ? [] : [`the commit (now ${fresh.source.sha.slice(0, 9)})`]),
    ...(ids(plan.steps) === ids(fresh.steps) ? [] : ['the steps']),
    ...decisions.slice(0, 3),
    ...(decisions.length === 0 && ids(plan.steps) === ids(fresh.steps) ? ['the inputs of its steps'] : []),
  ];
}
