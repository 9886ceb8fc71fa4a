import type { Step } from '../plan/plan.ts';
import type { Announcer } from './announcer.ts';
import type { ExecuteRequest, StepReport } from './execute-plan-types.ts';
import type { JournalReceipt } from './journal-replay.ts';
import type { JournalWriter } from './journal-writer.ts';
import { listReadySteps, listUnreachableSteps, type UnreachableStep } from './ready-steps.ts';
import { runStep } from './run-step.ts';

/** For hosts that know one way to stop. */
const NEVER = new AbortController().signal;

/** One execution of a plan while it goes on. Only `settleSteps` adds to it. */
export interface ActiveRun {
  readonly request: ExecuteRequest;
  readonly announcer: Announcer;
  readonly writer: JournalWriter;
  readonly remembered: ReadonlyMap<string, JournalReceipt>;
  /** Ended steps by id. */
  readonly results: Map<string, StepReport>;
  /** Steps at work by id; the promise never rejects. */
  readonly running: Map<string, Promise<void>>;
  /** In the order they happened. */
  readonly failures: Error[];
}

/** Starts every step as soon as it may and returns when each step of the plan has ended one way or the other. */
export async function settleSteps(run: ActiveRun): Promise<void> {
  for (;;) {
    await leaveUnreachable(run);
    // A step may have failed while the others were being left: those behind it have to be left as well.
    if (listLeft(run).length > 0) continue;
    if (mayStart(run)) startReady(run);
    if (run.running.size > 0) {
      await Promise.race(run.running.values());
      continue;
    }
    const open = listOpen(run);
    if (open.length === 0) return;
    if (mayStart(run)) throw new Error(`steps can never start: ${open.map(({ id }) => id).join(', ')}`);
  }
}

function mayStart({ request, writer }: ActiveRun): boolean {
  return !request.signal.aborted && writer.findFailure() === undefined;
}

function listOpen({ request, results, running }: ActiveRun): readonly Step[] {
  return request.plan.steps.filter(({ id }) => !results.has(id) && !running.has(id));
}

function startReady(run: ActiveRun): void {
  const { request, running } = run;
  for (const step of listReadySteps({ ...progressOf(run), running: new Set(running.keys()) }, request)) {
    running.set(step.id, workOn(run, step));
  }
}

function progressOf({ request, results }: ActiveRun) {
  const outcomes = new Map([...results].map(([id, { outcome }]) => [id, outcome] as const));
  return { steps: request.plan.steps, outcomes };
}

async function workOn(run: ActiveRun, step: Step): Promise<void> {
  const { request, announcer, writer, remembered, results } = run;
  const kind = request.kinds.get(step.kind);
  if (kind === undefined)
    throw new Error(`unreachable: the kinds were checked, but "${step.kind}" is missing`);
  const { report, thrown } = await runStep(step, kind, {
    outputs: new Map([...results].map(([id, { receipt }]) => [id, receipt] as const)),
    remembered,
    planId: request.plan.planId,
    ports: request.ports,
    clock: request.clock,
    writer,
    announcer,
    signal: request.signal,
    endNow: request.endNow ?? NEVER,
    keepLog: request.keepLog ?? (async () => undefined),
  });
  results.set(step.id, report);
  run.running.delete(step.id);
  if (thrown !== null) run.failures.push(thrown);
}

async function leaveUnreachable(run: ActiveRun): Promise<void> {
  for (const { step, outcome, because } of listLeft(run)) {
    // A journal that cannot be written stops the run anyway; the report still says how the step ended.
    await run.writer.write({ type: 'step-left', stepId: step.id, outcome, because }).catch(() => undefined);
    const report: StepReport = {
      id: step.id,
      kind: step.kind,
      stage: step.stage,
      outcome,
      durationMs: 0,
      receipt: null,
      because,
      error: null,
    };
    run.results.set(step.id, report);
    const { durationMs, error, receipt } = report;
    run.announcer.announce({
      type: 'step-finished',
      stepId: step.id,
      outcome,
      durationMs,
      fromJournal: false,
      because,
      error,
      receipt,
    });
  }
}

/** Steps behind a failed one; after an interruption or with a broken journal, every step that has not started. */
function listLeft(run: ActiveRun): readonly UnreachableStep[] {
  const blocked = listUnreachableSteps(progressOf(run)).filter(({ step }) => !run.running.has(step.id));
  if (mayStart(run)) return blocked;
  const ids = new Set(blocked.map(({ step }) => step.id));
  const [outcome, because] = run.request.signal.aborted
    ? (['cancelled', 'the run was interrupted before it started'] as const)
    : (['blocked', 'the journal cannot be written'] as const);
  const rest = listOpen(run).filter(({ id }) => !ids.has(id));
  return [...blocked, ...rest.map((step) => ({ step, outcome, because }))];
}
