import { asOsrelError, badUsage, cancelled, type OsrelError } from '../errors/osrel-error.ts';
import type { Plan, Step } from '../plan/plan.ts';
import type { AnyStepKind } from '../steps/step-kind.ts';
import { createAnnouncer } from './announcer.ts';
import { elapsedMs } from './elapsed-ms.ts';
import { eventErrorOf } from './event-error.ts';
import type { ExecuteRequest, RunReport } from './execute-plan-types.ts';
import { startHeartbeat } from './heartbeat.ts';
import { replayJournal } from './journal-replay.ts';
import { createJournalWriter } from './journal-writer.ts';
import { type ActiveRun, settleSteps } from './settle-steps.ts';

/**
 * Carries out a plan and keeps a journal of it; the same plan with the same journal continues where an earlier process
 * stopped. Failures of steps are in the report, never thrown. Throws usage `plan.kind-unknown` when a step is of a kind
 * that this osrel does not have, and integrity `journal.other-plan` or `journal.damaged` before anything is done.
 */
export async function executePlan(request: ExecuteRequest): Promise<RunReport> {
  checkKinds(request.plan, request.kinds);
  if (request.concurrency < 1)
    throw new Error(`the concurrency is ${request.concurrency}, so that no step could start`);
  const replayed = replayJournal(await request.journal.read(), request.plan);
  const run: ActiveRun = {
    request,
    announcer: createAnnouncer(request, request.clock, request.runId),
    writer: createJournalWriter({ ...request, firstSeq: replayed.nextSeq }),
    remembered: replayed.receipts,
    results: new Map(),
    running: new Map(),
    failures: [],
  };
  const startedAt = request.clock.now();
  run.announcer.announce({ type: 'run-started', plan: request.plan, resumed: replayed.resumed });
  const stopHeartbeat = startRunHeartbeat(run, startedAt);
  const { signal, endNow } = request;
  const stopListening = [
    whenAborted(signal, () => announceCancelling(run, { because: reasonOf(signal) })),
    ...(endNow === undefined
      ? []
      : [whenAborted(endNow, () => announceCancelling(run, { because: reasonOf(endNow), endsNow: true }))]),
  ];
  try {
    await writeRunStarted(run);
    await settleSteps(run);
    return await finishRun(run, startedAt);
  } finally {
    for (const stop of stopListening) stop();
    stopHeartbeat();
    run.announcer.close();
  }
}

function checkKinds(plan: Plan, kinds: ReadonlyMap<string, AnyStepKind>): void {
  const problems = plan.steps
    .filter((step) => !isKnown(step, kinds))
    .map((step) => ({
      at: `steps.${step.id}.kind`,
      message: `this osrel has no step kind "${step.kind}" that ${writesWord(step)}`,
    }));
  if (problems.length === 0) return;
  throw badUsage('plan.kind-unknown', problems.map(({ at, message }) => `${at}: ${message}`).join('; '), {
    problems,
    hint: 'use the osrel that made the plan, or make the plan again',
  });
}

/** A plan that promises only to read must not reach a kind that writes. */
function isKnown(step: Step, kinds: ReadonlyMap<string, AnyStepKind>): boolean {
  return kinds.get(step.kind)?.writes === step.writes;
}

function writesWord(step: Step): string {
  return step.writes ? 'writes' : 'only reads';
}

function startRunHeartbeat({ request, announcer, running }: ActiveRun, startedAt: string): () => void {
  const { clock, heartbeatMs } = request;
  return startHeartbeat({
    clock,
    intervalMs: heartbeatMs,
    lastAt: announcer.lastAt,
    beat: () =>
      announcer.announce({
        type: 'heartbeat',
        running: [...running.keys()],
        elapsedMs: elapsedMs(startedAt, clock.now()),
      }),
  });
}

function announceCancelling(
  { announcer }: ActiveRun,
  news: { readonly because: string; readonly endsNow?: true },
): void {
  announcer.announce({ type: 'cancelling', ...news });
}

function whenAborted(signal: AbortSignal, tell: () => void): () => void {
  if (signal.aborted) tell();
  signal.addEventListener('abort', tell, { once: true });
  return () => signal.removeEventListener('abort', tell);
}

function reasonOf(signal: AbortSignal): string {
  const reason: unknown = signal.reason;
  return reason instanceof Error ? reason.message : String(reason);
}

/** A journal that cannot be written shows in `findFailure` and ends the run in order. */
async function writeRunStarted({ request, writer }: ActiveRun): Promise<void> {
  const { runId, plan } = request;
  await writer
    .write({ type: 'run-started', runId, planId: plan.planId, schemaVersion: 1 })
    .catch(() => undefined);
}

async function finishRun(run: ActiveRun, startedAt: string): Promise<RunReport> {
  const { request, announcer, writer } = run;
  const { runId, plan, clock } = request;
  const words = [...run.results.values()].map(({ outcome }) => outcome);
  const settled = words.includes('cancelled') ? 'cancelled' : words.every(isGood) ? 'done' : 'failed';
  await writer.write({ type: 'run-finished', outcome: settled }).catch(() => undefined);
  const outcome = settled === 'done' && writer.findFailure() !== undefined ? 'failed' : settled;
  const failure =
    run.failures[0] ?? writer.findFailure() ?? (outcome === 'cancelled' ? interruption(request) : undefined);
  announcer.announce({
    type: 'run-finished',
    outcome,
    durationMs: elapsedMs(startedAt, clock.now()),
    decisions: plan.decisions,
    error: failure === undefined ? null : eventErrorOf(failure),
  });
  const steps = plan.steps.flatMap(({ id }) => run.results.get(id) ?? []);
  return { runId, planId: plan.planId, outcome, steps, error: failure ?? announcer.findDefect() ?? null };
}

function isGood(outcome: string): boolean {
  return outcome === 'done' || outcome === 'adopted';
}

function interruption({ signal, runId }: ExecuteRequest): OsrelError {
  const known = asOsrelError(signal.reason);
  if (known?.kind === 'cancelled') return known;
  return cancelled('run.cancelled', `the run was interrupted: ${reasonOf(signal)}`, {
    hint: `continue with osrel resume ${runId}`,
    cause: signal.reason,
  });
}
