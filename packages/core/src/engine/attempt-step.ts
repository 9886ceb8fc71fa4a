import { asOsrelError } from '../errors/osrel-error.ts';
import type { Json } from '../model/json-value.ts';
import type { Step } from '../plan/plan.ts';
import type { Clock } from '../ports/clock.ts';
import type { PortName, Ports } from '../ports/ports.ts';
import type { AnyStepKind, StepRun } from '../steps/step-kind.ts';
import type { Announcer } from './announcer.ts';
import { eventErrorOf } from './event-error.ts';
import { isCancelled } from './is-cancelled.ts';
import type { JournalWriter } from './journal-writer.ts';
import { runWithRetry } from './retry-policy.ts';
import type { KeptLog } from './run-store.ts';
import { withDeadline } from './step-deadline.ts';

/** One step with its resolved input and what it works with. */
export interface StepWork {
  readonly step: Step;
  readonly kind: AnyStepKind;
  readonly input: Json;
  readonly inputDigest: string;
  readonly planId: string;
  readonly ports: Ports;
  readonly clock: Clock;
  readonly writer: JournalWriter;
  readonly announcer: Announcer;
  readonly signal: AbortSignal;
  readonly endNow: AbortSignal;
  readonly keepLog: (log: KeptLog) => Promise<void>;
}

export interface WorkDone {
  readonly how: 'done' | 'adopted';
  readonly receipt: Json;
  /** Why it was adopted; null when it was done here. */
  readonly because: string | null;
}

/**
 * Probes and runs a step under its retry policy. Every attempt probes first, so that an earlier attempt whose reply was
 * lost is adopted and not repeated; so does the end of the last attempt of a step that writes. Throws the last error.
 */
export async function completeWork(work: StepWork): Promise<WorkDone> {
  const { step, clock, signal, announcer, writer } = work;
  try {
    return await runWithRetry({
      policy: step.retry,
      clock,
      signal,
      attempt: (attempt) => attemptStep(work, attempt),
      onFailure: async ({ attempt, error, delayMs }) => {
        if (isCancelled(error, signal)) return;
        const told = eventErrorOf(error);
        await writer.write({ type: 'step-failed', stepId: step.id, attempt, error: told });
        if (delayMs === null) return;
        announcer.announce({
          type: 'step-retrying',
          stepId: step.id,
          attempt,
          delayMs,
          error: told,
        });
      },
    });
  } catch (error) {
    return await adoptAfterFailure(work, error);
  }
}

async function attemptStep(work: StepWork, attempt: number): Promise<WorkDone> {
  const { step, kind, input, inputDigest, writer, announcer } = work;
  await writer.write({ type: 'step-started', stepId: step.id, inputDigest, attempt });
  announcer.announce({ type: 'step-started', stepId: step.id, attempt });
  return withDeadline({
    stepId: step.id,
    timeoutMs: step.timeoutMs,
    clock: work.clock,
    signal: work.signal,
    work: async (signal) => {
      const run = openStepRun(work, signal);
      const probed = await kind.probe(input, run);
      if (probed.done)
        return { how: 'adopted', receipt: receiptOf(kind, probed.output), because: probed.because };
      signal.throwIfAborted();
      return { how: 'done', receipt: receiptOf(kind, await kind.run(input, run)), because: null };
    },
  });
}

/** The last look at a failed step: an error of the network or of a tool that was cut off does not prove that nothing happened. */
async function adoptAfterFailure(work: StepWork, error: unknown): Promise<WorkDone> {
  const { kind, input, signal } = work;
  if (!kind.writes || signal.aborted || work.writer.findFailure() !== undefined || !mayHaveHappened(error))
    throw error;
  const probed = await withDeadline({
    stepId: work.step.id,
    timeoutMs: work.step.timeoutMs,
    clock: work.clock,
    signal,
    work: (stepSignal) => kind.probe(input, openStepRun(work, stepSignal)),
    // The failure of the step is the one to tell, not that of looking again.
  }).catch(() => ({ done: false as const }));
  if (!probed.done) throw error;
  const because = `found done after a failed attempt (${eventErrorOf(error).message}): ${probed.because}`;
  return { how: 'adopted', receipt: receiptOf(kind, probed.output), because };
}

const UNCERTAIN_KINDS: ReadonlySet<string> = new Set(['upstream', 'rig', 'conflict']);

function mayHaveHappened(error: unknown): boolean {
  const known = asOsrelError(error);
  if (known === undefined) return false;
  return known.retryable || UNCERTAIN_KINDS.has(known.kind) || known.code === 'step.timed-out';
}

function openStepRun(
  { step, kind, planId, ports, announcer, endNow, keepLog }: StepWork,
  signal: AbortSignal,
): StepRun {
  return {
    ports: pickPorts(ports, kind.ports),
    planId,
    signal,
    endNow,
    keepLog: (name, path) => keepLog({ stepId: step.id, name, content: { path }, kind: 'text' }),
    keepFile: (name, path) => keepLog({ stepId: step.id, name, content: { path }, kind: 'binary' }),
    keepText: (name, text) => keepLog({ stepId: step.id, name, content: { text }, kind: 'text' }),
    log: (line) => announcer.announce({ type: 'step-log', stepId: step.id, line }),
    logLines: (text) => announcer.announceLines(step.id, text),
    progress: (done, total, unit, more) =>
      announcer.announce({
        type: 'step-progress',
        stepId: step.id,
        done,
        total,
        unit,
        ...more,
      }),
  };
}

/** Only the ports the kind declares, and each touched only when used: a host makes them on first use. */
function pickPorts(ports: Ports, names: readonly PortName[]): Ports {
  const picked = Object.defineProperties(
    {},
    Object.fromEntries(names.map((name) => [name, { enumerable: true, get: () => ports[name] }])),
  );
  // A kind sees the type Pick<Ports, its names>; the erased kind only knows the widest one.
  return picked as Ports;
}

/** The output as the journal will give it back, so that a resumed run sees the same values as the first one. */
export function receiptOf(kind: AnyStepKind, output: unknown): Json {
  const parsed: unknown = kind.output.parse(output);
  return JSON.parse(JSON.stringify(parsed ?? null)) as Json;
}
