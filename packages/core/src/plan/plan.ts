import type { Json } from '../model/json-value.ts';
import type { Stage } from '../model/stage.ts';
import type { Trigger } from '../model/trigger.ts';

/** Why something is done or left out: every stage or step left out has one. */
export interface Decision {
  /** Stable dotted name: `finalize.evidence`. */
  readonly rule: string;
  /** One word or two: `run`, `skip`, `adopt`, `refuse`, `warn`, `draft`, `final`. */
  readonly outcome: string;
  /** One sentence for people, with the values it looked at. */
  readonly because: string;
  readonly stage?: Stage;
  /** Where the rule's setting came from: `default`, `osrel.yml: events.tag.deploy-s3`, `flag`. */
  readonly origin?: string;
  /** The command or edit that would change this decision. */
  readonly change?: string;
}

/** How a failed attempt is repeated; delays in milliseconds. Only errors that say `retryable` are repeated. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly firstDelayMs: number;
  readonly factor: number;
  readonly maxDelayMs: number;
}

/** A value that an earlier step will have produced: `key` of the output of step `from`. */
export interface OutputRef {
  readonly $output: { readonly from: string; readonly key: string };
}

export interface Step {
  readonly id: string;
  readonly kind: string;
  readonly stage: Stage;
  readonly needs: readonly string[];
  /** Whether the step changes anything outside this process. */
  readonly writes: boolean;
  readonly summary: string;
  /** The step's input; may hold `OutputRef`s to steps in `needs`. */
  readonly with: Json;
  readonly retry: RetryPolicy;
  readonly timeoutMs: number | null;
}

export interface PlanTarget {
  readonly machine: string;
  readonly slug: string;
  readonly version: string;
  readonly esr: boolean;
}

export type StageChoice = 'run' | 'skip';

/** Everything that will happen, and why. Pure data: the same facts and config give the same bytes. */
export interface Plan {
  readonly schemaVersion: 1;
  /** Hex sha256 of the canonical JSON of everything else in the plan. */
  readonly planId: string;
  readonly system: string;
  readonly environment: string;
  readonly target: PlanTarget;
  readonly trigger: Trigger;
  readonly source: { readonly sha: string; readonly repository: string | null };
  readonly stages: Readonly<Record<Stage, StageChoice>>;
  readonly steps: readonly Step[];
  readonly decisions: readonly Decision[];
}

export type UnlinkedPlan = Omit<Plan, 'planId' | 'schemaVersion'>;
