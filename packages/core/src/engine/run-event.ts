import type { BuildProgress } from '../model/build-progress.ts';
import type { Decision, Plan } from '../plan/plan.ts';
import type { SuiteProgress } from '../ports/test-lab.ts';
import type { ProgressUnit } from '../steps/step-kind.ts';

/** How a step ended, as shown to people and in JSON. */
export type StepOutcome = 'done' | 'adopted' | 'skipped' | 'failed' | 'blocked' | 'cancelled';

export type RunOutcomeWord = 'done' | 'failed' | 'cancelled';

export interface EventError {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly exitCode: number;
}

interface Stamped {
  /** ISO 8601. */
  readonly at: string;
  readonly runId: string;
}

interface AboutStep extends Stamped {
  readonly stepId: string;
}

/**
 * Everything that reporters see; nothing else of a run reaches them. Those that take `StepLines` get `step-log` events
 * that came at once as one of these.
 */
export type RunEvent =
  | (Stamped & { readonly type: 'run-started'; readonly plan: Plan; readonly resumed: boolean })
  | (AboutStep & { readonly type: 'step-started'; readonly attempt: number })
  | (AboutStep & { readonly type: 'step-log'; readonly line: string })
  | (AboutStep & {
      readonly type: 'step-progress';
      readonly done: number;
      readonly total: number | null;
      readonly unit: ProgressUnit;
      /** Of a build: activity, running tasks, shared state, time that remains. */
      readonly build?: BuildProgress;
      /** Of a suite: activity, rig, running test, counts so far. */
      readonly suite?: SuiteProgress;
    })
  | (AboutStep & {
      readonly type: 'step-retrying';
      readonly attempt: number;
      readonly delayMs: number;
      readonly error: EventError;
    })
  | (AboutStep & {
      readonly type: 'step-finished';
      readonly outcome: StepOutcome;
      readonly durationMs: number;
      /** True when the receipt came from the journal of an earlier attempt of this run. */
      readonly fromJournal: boolean;
      readonly because: string | null;
      readonly error: EventError | null;
      readonly receipt: unknown;
    })
  | (Stamped & {
      readonly type: 'heartbeat';
      readonly running: readonly string[];
      readonly elapsedMs: number;
    })
  /** `endsNow`: the second time, when nothing is finished any more. */
  | (Stamped & { readonly type: 'cancelling'; readonly because: string; readonly endsNow?: true })
  | (Stamped & {
      readonly type: 'run-finished';
      readonly outcome: RunOutcomeWord;
      readonly durationMs: number;
      readonly decisions: readonly Decision[];
      readonly error: EventError | null;
    });

/** Receives run events in order. It must not throw and must not block. */
export type EventSink = (event: RunEvent) => void;
