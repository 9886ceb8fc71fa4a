import { digestOfJson } from '../model/json.ts';
import type { Json } from '../model/json-value.ts';
import type { Step } from '../plan/plan.ts';
import type { AnyStepKind } from '../steps/step-kind.ts';
import { completeWork, receiptOf, type StepWork } from './attempt-step.ts';
import { elapsedMs } from './elapsed-ms.ts';
import { asError, eventErrorOf } from './event-error.ts';
import type { StepReport } from './execute-plan-types.ts';
import { isCancelled } from './is-cancelled.ts';
import type { JournalReceipt } from './journal-replay.ts';
import { resolveInputs } from './resolve-inputs.ts';
import type { StepOutcome } from './run-event.ts';

/** What a run gives to each of its steps. */
export interface StepSurroundings extends Omit<StepWork, 'step' | 'kind' | 'input' | 'inputDigest'> {
  /** Outputs of the steps that ended well in this run, by step id. */
  readonly outputs: ReadonlyMap<string, unknown>;
  /** Receipts of earlier processes, by step id. */
  readonly remembered: ReadonlyMap<string, JournalReceipt>;
}

/** How a step ended; `thrown` is the error of a failed one. */
export interface StepResult {
  readonly report: StepReport;
  readonly thrown: Error | null;
}

/**
 * Takes one step to its end: a receipt of the same input is used again, else what `probe` finds is adopted, else `run`
 * does the work under the retry policy. The receipt is on disk before this returns. Never throws: a failure is a result.
 */
export async function runStep(step: Step, kind: AnyStepKind, around: StepSurroundings): Promise<StepResult> {
  const startedAt = around.clock.now();
  const ending = await endStep(step, kind, around, startedAt).catch((error: unknown) =>
    leaveStep(step, around, error),
  );
  const report: StepReport = {
    id: step.id,
    kind: step.kind,
    stage: step.stage,
    outcome: ending.outcome,
    durationMs: elapsedMs(startedAt, around.clock.now()),
    receipt: ending.receipt,
    because: ending.because,
    error: ending.thrown === null ? null : eventErrorOf(ending.thrown),
  };
  around.announcer.announce({
    type: 'step-finished',
    stepId: step.id,
    outcome: report.outcome,
    durationMs: report.durationMs,
    fromJournal: ending.fromJournal,
    because: report.because,
    error: report.error,
    receipt: report.receipt,
  });
  return { report, thrown: ending.thrown };
}

interface Ending {
  readonly outcome: StepOutcome;
  readonly receipt: Json;
  readonly fromJournal: boolean;
  readonly because: string | null;
  readonly thrown: Error | null;
}

async function endStep(
  step: Step,
  kind: AnyStepKind,
  around: StepSurroundings,
  startedAt: string,
): Promise<Ending> {
  const { input, inputDigest, receipt: known } = await prepareStep(step, kind, around);
  if (known !== undefined)
    return { outcome: 'done', receipt: known, fromJournal: true, because: null, thrown: null };
  const { how, receipt, because } = await completeWork({ ...around, step, kind, input, inputDigest });
  const durationMs = elapsedMs(startedAt, around.clock.now());
  await around.writer.write({
    type: 'step-succeeded',
    stepId: step.id,
    inputDigest,
    how,
    receipt,
    durationMs,
  });
  return { outcome: how, receipt, fromJournal: false, because, thrown: null };
}

async function prepareStep(step: Step, kind: AnyStepKind, around: StepSurroundings) {
  try {
    const input = resolveInputs(step.with, around.outputs);
    const inputDigest = digestOfJson(input);
    return { input, inputDigest, receipt: findReceipt(kind, inputDigest, around.remembered.get(step.id)) };
  } catch (error) {
    // Attempt 0: it failed before the first one.
    const told = eventErrorOf(error);
    await around.writer
      .write({ type: 'step-failed', stepId: step.id, attempt: 0, error: told })
      .catch(() => undefined);
    throw error;
  }
}

/** A receipt counts only for the same input, and only while this osrel still understands it. */
function findReceipt(
  kind: AnyStepKind,
  inputDigest: string,
  remembered: JournalReceipt | undefined,
): Json | undefined {
  if (remembered === undefined || remembered.inputDigest !== inputDigest) return undefined;
  return kind.output.safeParse(remembered.receipt).success ? receiptOf(kind, remembered.receipt) : undefined;
}

async function leaveStep(step: Step, around: StepSurroundings, error: unknown): Promise<Ending> {
  const ending = endingOf(error, around.signal);
  if (ending.outcome !== 'cancelled' || ending.because === null) return ending;
  // A journal that cannot be written is told by the run.
  await around.writer
    .write({ type: 'step-left', stepId: step.id, outcome: 'cancelled', because: ending.because })
    .catch(() => undefined);
  return ending;
}

function endingOf(error: unknown, signal: AbortSignal): Ending {
  const left = { receipt: null, fromJournal: false };
  if (isCancelled(error, signal)) {
    return {
      ...left,
      outcome: 'cancelled',
      because: 'the run was interrupted while it was at work',
      thrown: null,
    };
  }
  return { ...left, outcome: 'failed', because: null, thrown: asError(error) };
}
