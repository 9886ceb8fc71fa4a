import { asOsrelError, type OsrelError, type Plan, type PlannedRelease, type Trigger } from '@osrel/core';
import { printAnswer, say, suggestNext } from './answer.ts';
import { type DescribedBuild, describeBuilds } from './describe-builds.ts';
import type { Host, Invocation, Workspace } from './host.ts';
import { planAsking } from './plan-asking.ts';
import { type PreviewedPlan, plansDocument, previewsDocument } from './run-documents.ts';
import { runPlans } from './run-plans.ts';
import { renderPlans, renderPreviews } from './text/plan-text.ts';

export interface CarryOutRequest {
  readonly trigger: Trigger;
  readonly mode: 'preview' | 'execute';
  readonly workspace: Workspace;
  /** Asked before anything is executed; throws when the answer is no. */
  readonly confirm?: (plans: readonly Plan[]) => Promise<void>;
  /** The command that comes next when all went well. */
  readonly next: string | null;
}

/** Plans a release and shows the plan, or executes it. Returns the exit code. */
export async function carryOut(
  invocation: Invocation,
  host: Host,
  request: CarryOutRequest,
): Promise<number> {
  const { settings } = invocation;
  const { workspace, mode } = request;
  const planned = await planOrRecord(invocation, host, request);
  const plans = planned.map((each) => each.plan);
  if (mode === 'preview') {
    await showPreview(invocation, host, { plans, workspace });
    suggestNext(host, settings, `the same without --dry-run`);
    return 0;
  }
  await request.confirm?.(plans);
  return runPlans({ plans, workspace, host, settings, next: request.next });
}

/** The plans, and of each build step the exact call; what keeps a build from running is told on stderr too. */
async function showPreview(
  { settings }: Invocation,
  host: Host,
  { plans, workspace }: { readonly plans: readonly Plan[]; readonly workspace: Workspace },
): Promise<void> {
  const previews: PreviewedPlan[] = [];
  for (const plan of plans) previews.push({ plan, builds: await describeBuilds(plan, workspace.ports) });
  printAnswer(host, settings, {
    text: () => renderPreviews(previews, host.paint.stdout),
    document: () => previewsDocument(previews),
  });
  for (const build of previews.flatMap(({ builds }) => builds)) {
    for (const line of listWarnings(build, host)) say(host, settings, line);
  }
}

/** On a terminal the answer has just told them all; elsewhere nobody may have seen it. */
function listWarnings({ stepId, problems }: DescribedBuild, { terminal, paint }: Host): readonly string[] {
  const head = `${paint.stderr.warn('warning:')} ${stepId} cannot run here yet`;
  if (!terminal.stdout.isTerminal) return problems.map(({ at, message }) => `${head}: ${at}: ${message}`);
  return problems.length === 0 ? [] : [`${head}, see above`];
}

/** Prints plans as text or as the JSON that `osrel run --plan` takes. */
export function showPlans({ settings }: Invocation, host: Host, plans: readonly Plan[]): void {
  printAnswer(host, settings, { text: () => renderPlans(plans), document: () => plansDocument(plans) });
}

async function planOrRecord(
  invocation: Invocation,
  host: Host,
  request: CarryOutRequest,
): Promise<readonly PlannedRelease[]> {
  const { settings } = invocation;
  const { workspace, trigger } = request;
  const { machines, slug } = settings;
  const { config, environment, ports } = workspace;
  try {
    const waiting =
      request.mode === 'preview'
        ? { minutes: 0 }
        : { signal: host.interruption.signal, tell: (line: string) => say(host, settings, line) };
    const asked = { trigger, config, environment, machines, slug, savedFacts: null, waiting };
    return await planAsking(asked, { host, settings, ports });
  } catch (error) {
    const known = asOsrelError(error);
    // A typing mistake is no history; a refusal is, so that `osrel why` can tell about it later.
    const isRefusal =
      known !== undefined && ['refused', 'tests', 'conflict', 'integrity', 'permission'].includes(known.kind);
    if (isRefusal && request.mode === 'execute') await recordRefusal(known, invocation, host, workspace);
    throw error;
  }
}

async function recordRefusal(
  error: OsrelError,
  invocation: Invocation,
  host: Host,
  workspace: Workspace,
): Promise<void> {
  const { code, message, hint, exitCode, details } = error;
  await workspace.runStore.recordRefusal({
    startedAt: host.clock.now(),
    command: `osrel ${invocation.command}`,
    target: isTarget(details.target) ? details.target : firstMachine(invocation),
    error: { code, message, hint: hint ?? null, exitCode },
    decisions: isDecisions(details.decisions) ? details.decisions : [],
  });
}

function firstMachine({ settings }: Invocation): Partial<Plan['target']> {
  const [machine] = settings.machines;
  return machine === undefined ? {} : { machine };
}

function isTarget(value: unknown): value is Partial<Plan['target']> {
  return typeof value === 'object' && value !== null && 'version' in value;
}

function isDecisions(value: unknown): value is Plan['decisions'] {
  return (
    Array.isArray(value) &&
    value.every((each) => typeof each === 'object' && each !== null && 'rule' in each && 'because' in each)
  );
}
