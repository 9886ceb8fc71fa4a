import { conflict, type Plan, type RunRecord, type RunReport, refused } from '@osrel/core';
import { say } from './answer.ts';
import { collectReports } from './collect-reports.ts';
import type { Host, Workspace } from './host.ts';
import { lockNameOf } from './lock-name.ts';
import { chooseReporter } from './reporters/choose-reporter.ts';
import { createEventsFile } from './reporters/events-file.ts';
import { fanOut } from './reporters/fan-out.ts';
import type { Reporter } from './reporters/reporter.ts';
import { createStageReports, stagePlaceOf } from './reporters/stage-reports.ts';
import type { CollectedRun, FinishedRun } from './run-documents.ts';
import type { Settings } from './settings.ts';

export interface RunPlanRequest {
  readonly plan: Plan;
  readonly workspace: Workspace;
  readonly host: Host;
  readonly settings: Settings;
  /** A run to go on with; undefined: a new one. */
  readonly record?: RunRecord;
}

/** Steps at once; kinds that cannot share a resource have a limit of their own. */
const CONCURRENCY = 4;
const HEARTBEAT_MS = 60_000;

/**
 * Executes one plan: lock, run folder, events to everybody who listens, engine. A failed or interrupted run is an
 * answer; what is thrown happened before the first step.
 * Throws conflict `lock.held`, refused `plan.stale`.
 */
export async function runPlan(request: RunPlanRequest): Promise<CollectedRun> {
  const { plan, workspace, host } = request;
  await refuseStale(plan, workspace);
  const lockName = lockNameOf(plan);
  await refuseHeldLock(lockName, workspace);
  const record = request.record ?? (await workspace.runStore.create(plan));
  const lock = await workspace.releaseLock.acquire(lockName, record.runId);
  try {
    return await host.interruption.guard(async () => {
      const report = await execute(request, record);
      return withReports({ plan, report }, request);
    });
  } finally {
    await lock.release();
  }
}

/** What its suites reported, also when the run failed or was cancelled; that it cannot be written fails no run. */
async function withReports(
  run: FinishedRun,
  { workspace, host, settings }: RunPlanRequest,
): Promise<CollectedRun> {
  try {
    return { ...run, suites: await collectReports(run, { root: workspace.root, now: host.clock.now() }) };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    say(
      host,
      settings,
      `${host.paint.stderr.warn('warning:')} the test reports of this run are missing: ${said}`,
    );
    return { ...run, suites: [] };
  }
}

async function execute(
  { plan, workspace, host, settings }: RunPlanRequest,
  record: RunRecord,
): Promise<RunReport> {
  const eventLog = await workspace.runStore.openEventLog(record.runId);
  const reporters: readonly Reporter[] = [
    { emit: eventLog.keep, emitLines: eventLog.keepLines, close: eventLog.close },
    ...(settings.eventsFile === null ? [] : [createEventsFile(settings.eventsFile)]),
    await chooseReporter(host, settings, workspace),
    ...listStageReports({ plan, workspace, host, settings }),
  ];
  const events = fanOut(reporters, workspace.redactor);
  try {
    return await host.executePlan({
      runId: record.runId,
      plan,
      kinds: await host.stepKinds(),
      ports: workspace.ports,
      clock: host.clock,
      journal: record.journal,
      emit: events.emit,
      emitLines: events.emitLines,
      signal: host.interruption.signal,
      endNow: host.interruption.endNow,
      keepLog: (log) => workspace.runStore.keepLog({ ...log, runId: record.runId }),
      concurrency: CONCURRENCY,
      heartbeatMs: HEARTBEAT_MS,
    });
  } finally {
    await events.close();
  }
}

/** On the commit at the code host, where the environment asks for it. */
function listStageReports({ plan, workspace, host, settings }: RunPlanRequest): readonly Reporter[] {
  const place = stagePlaceOf(plan, workspace.config);
  if (place === undefined) return [];
  const complain = (line: string): void =>
    say(host, settings, `${host.paint.stderr.warn('warning:')} ${line}`);
  return [createStageReports({ place, codeHost: workspace.ports.codeHost, clock: host.clock, complain })];
}

/** Before a run folder exists: a held lock must not leave an empty run behind. */
async function refuseHeldLock(lockName: string, { releaseLock }: Workspace): Promise<void> {
  const owner = await releaseLock.findOwner(lockName);
  if (owner === undefined) return;
  throw conflict(
    'lock.held',
    `run ${owner.runId} works on this release since ${owner.since} (process ${owner.pid} on ${owner.host})`,
    {
      hint: 'wait for it, or look at it with: osrel runs',
      details: { owner },
    },
  );
}

/** A plan is about one commit: another one in the checkout needs another plan. */
async function refuseStale(plan: Plan, { ports }: Workspace): Promise<void> {
  if (!plan.steps.some((step) => step.kind === 'check-source')) return;
  const head = await ports.sourceRepository.readHead();
  if (head.sha === plan.source.sha) return;
  throw refused(
    'plan.stale',
    `the plan is about commit ${plan.source.sha}, but the checkout is at ${head.sha}`,
    {
      hint: `plan again with: osrel plan, or return with: git checkout ${plan.source.sha}`,
      details: { planId: plan.planId, planned: plan.source.sha, found: head.sha },
    },
  );
}
