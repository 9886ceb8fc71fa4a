import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { badUsage, checkPlan, type Plan } from '@osrel/core';
import type { CommandRun, Invocation } from '../host.ts';
import { refuseOutdated } from '../refuse-outdated.ts';
import { runPlans } from '../run-plans.ts';

/** `osrel run --plan FILE`: exactly that plan, or a refusal. */
export const runSavedPlan: CommandRun = async (invocation, host) => {
  const { settings } = invocation;
  const plans = await readPlans(invocation);
  const environments = [...new Set(plans.map((plan) => plan.environment))];
  const [environment = null] = environments;
  if (environments.length > 1) {
    throw badUsage(
      'plan.several-environments',
      `the plans are for ${environments.join(' and ')}; one run works in one environment`,
    );
  }
  if (settings.environment !== null && settings.environment !== environment) {
    throw badUsage(
      'plan.other-environment',
      `the plan is for ${environment}, and --env says ${settings.environment}`,
      {
        hint: `leave --env out, or plan again with: osrel plan --env ${settings.environment}`,
      },
    );
  }
  const workspace = await host.openWorkspace(settings, environment);
  for (const plan of plans) await refuseOutdated(plan, { workspace, host });
  return runPlans({ plans, workspace, host, settings, next: 'osrel status' });
};

async function readPlans({ flags, settings }: Invocation): Promise<readonly Plan[]> {
  const file = flags.findText('plan');
  if (file === undefined) {
    throw badUsage('plan.not-given', 'osrel run needs --plan FILE', {
      hint: 'make one with: osrel plan --out plan.json',
    });
  }
  const document = await readJson(resolve(settings.directory, file), file);
  const raw = isList(document) ? document.plans : [document];
  if (raw.length === 0)
    throw badUsage('plan.empty', `${file} holds no plan`, {
      hint: 'make one with: osrel plan --out plan.json',
    });
  return raw.map((each) => checkPlan(withoutPreview(each)));
}

/** A dry run shows a plan with what its builds would run, which is no part of it. */
function withoutPreview(raw: unknown): unknown {
  if (typeof raw !== 'object' || raw === null || !('builds' in raw)) return raw;
  const { builds: _, ...plan } = raw;
  return plan;
}

async function readJson(path: string, name: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw badUsage('plan.unreadable', `the plan file ${name} cannot be read: ${reason}`, {
      hint: 'make one with: osrel plan --out plan.json',
      cause: error,
    });
  }
}

function isList(value: unknown): value is { readonly plans: readonly unknown[] } {
  return typeof value === 'object' && value !== null && 'plans' in value && Array.isArray(value.plans);
}
