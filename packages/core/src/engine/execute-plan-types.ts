import type { OsrelError } from '../errors/osrel-error.ts';
import type { Plan } from '../plan/plan.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ports } from '../ports/ports.ts';
import type { AnyStepKind } from '../steps/step-kind.ts';
import type { EventError, EventSink, RunOutcomeWord, StepOutcome } from './run-event.ts';
import type { Journal, KeptLog } from './run-store.ts';
import type { LinesSink } from './step-lines.ts';

export interface ExecuteRequest {
  readonly runId: string;
  readonly plan: Plan;
  readonly kinds: ReadonlyMap<string, AnyStepKind>;
  readonly ports: Ports;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly emit: EventSink;
  /** Takes lines of a step that came at once, in order with the events; absent: each becomes a `step-log` event. */
  readonly emitLines?: LinesSink;
  /** Aborted by the first signal: nothing new starts, running steps are asked to stop. */
  readonly signal: AbortSignal;
  /** Aborted by the second signal: steps end at once. Absent: only `signal` is ever aborted. */
  readonly endNow?: AbortSignal;
  /** Keeps a log that a step's tool left behind. Absent: it stays where it is. */
  readonly keepLog?: (log: KeptLog) => Promise<void>;
  /** Steps at once over all kinds. */
  readonly concurrency: number;
  /** Milliseconds of silence after which a heartbeat event is emitted; 0 for never. */
  readonly heartbeatMs: number;
}

export interface StepReport {
  readonly id: string;
  readonly kind: string;
  readonly stage: string;
  readonly outcome: StepOutcome;
  readonly durationMs: number;
  readonly receipt: unknown;
  readonly because: string | null;
  readonly error: EventError | null;
}

export interface RunReport {
  readonly runId: string;
  readonly planId: string;
  readonly outcome: RunOutcomeWord;
  readonly steps: readonly StepReport[];
  /** The first failure, as thrown; null when none. */
  readonly error: OsrelError | Error | null;
}
