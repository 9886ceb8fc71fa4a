import type { Config } from './config/config.ts';
import type { Json } from './model/json-value.ts';
import type { Trigger } from './model/trigger.ts';
import type { Plan } from './plan/plan.ts';

/** What a host asks for: one plan for each chosen machine. */
export interface PlanRequest {
  readonly trigger: Trigger;
  readonly config: Config;
  /** Name of the deployment environment. */
  readonly environment: string;
  /** Machines or device-type base names asked for; empty: the only one (or, for a CI event, all of them). */
  readonly machines: readonly string[];
  /** Device-type base name where a machine has several; null: by machine. */
  readonly slug: string | null;
  /** Facts saved earlier (`--facts`), replayed instead of gathered. */
  readonly savedFacts: Json | null;
  /** How checks that still run are waited for; absent: as long as the environment says, without a word. */
  readonly waiting?: WaitForChecks;
}

/** Waiting for checks while facts are gathered. */
export interface WaitForChecks {
  readonly signal?: AbortSignal;
  /** Replaces `github.wait-minutes` of the environment; 0: nobody waits, as for a preview. */
  readonly minutes?: number;
  /** Told what is waited for: when it changes, and every few minutes. */
  readonly tell?: (line: string) => void;
}

/** A plan with the facts it was made from. */
export interface PlannedRelease {
  readonly plan: Plan;
  readonly facts: Json;
}
