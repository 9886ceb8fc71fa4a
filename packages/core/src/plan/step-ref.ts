import type { z } from 'zod';
import { plainJson } from '../model/plain-json.ts';
import type { Stage } from '../model/stage.ts';
import type { PortName } from '../ports/ports.ts';
import type { StepKind } from '../steps/step-kind.ts';
import type { OutputRef, RetryPolicy, Step } from './plan.ts';

declare const outputOf: unique symbol;
declare const valueType: unique symbol;

/** A planned step together with the type of what it will give. */
export interface PlannedStep<Output> {
  readonly step: Step;
  readonly [outputOf]?: Output;
}

/** A reference to a value of type `Value` that an earlier step will give. */
export interface Ref<Value> extends OutputRef {
  readonly [valueType]?: (value: Value) => Value;
}

/** `Value`, or a reference to it, at any depth. */
export type Refable<Value> =
  | Value
  | Ref<Value>
  | (Value extends readonly (infer Item)[]
      ? readonly Refable<Item>[]
      : Value extends object
        ? { readonly [Key in keyof Value]: Refable<Value[Key]> }
        : never);

export interface StepDraft<Input> {
  readonly id: string;
  readonly stage: Stage;
  readonly summary: string;
  readonly with: Refable<Input>;
  readonly needs?: readonly PlannedStep<unknown>[];
  readonly retry?: RetryPolicy;
  readonly timeoutMs?: number;
}

export const NO_RETRY: RetryPolicy = { attempts: 1, firstDelayMs: 0, factor: 1, maxDelayMs: 0 };

/** Seven attempts over about two minutes: the pattern of the backend's own clients. */
export const REMOTE_RETRY: RetryPolicy = { attempts: 7, firstDelayMs: 1_000, factor: 2, maxDelayMs: 60_000 };

/** Plans one step of a kind; a reference to an output of another type does not compile. */
export function planStep<Input, Output, Name extends PortName>(
  kind: Pick<StepKind<Input, Output, Name>, 'kind' | 'writes'> & {
    readonly input: z.ZodType<Input>;
    readonly output: z.ZodType<Output>;
  },
  draft: StepDraft<Input>,
): PlannedStep<Output> {
  const input = plainJson(draft.with);
  const needs = new Set([...(draft.needs ?? []).map((need) => need.step.id), ...listReferences(input)]);
  return {
    step: {
      id: draft.id,
      kind: kind.kind,
      stage: draft.stage,
      needs: [...needs].sort(),
      writes: kind.writes,
      summary: draft.summary,
      with: input,
      retry: draft.retry ?? NO_RETRY,
      timeoutMs: draft.timeoutMs ?? null,
    },
  };
}

/** Refers to `key` of what `planned` will give. */
export function outputRef<Output, Key extends keyof Output & string>(
  planned: PlannedStep<Output>,
  key: Key,
): Ref<Output[Key]> {
  return { $output: { from: planned.step.id, key } };
}

/** Whether a JSON value is a reference. */
export function isOutputRef(value: unknown): value is OutputRef {
  return typeof value === 'object' && value !== null && '$output' in value;
}

/** Ids of the steps that a JSON value refers to, at any depth. */
export function listReferences(value: unknown): readonly string[] {
  if (isOutputRef(value)) return [value.$output.from];
  if (Array.isArray(value)) return value.flatMap(listReferences);
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(listReferences);
  return [];
}
