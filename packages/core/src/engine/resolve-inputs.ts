import type { Json } from '../model/json-value.ts';
import { isOutputRef } from '../plan/step-ref.ts';

/**
 * The input of a step with every reference replaced by what the earlier step gave. `receipts` holds outputs by step id.
 * Throws a plain Error when a receipt or its key is missing: a linked plan orders steps so that this cannot happen.
 */
export function resolveInputs(input: Json, receipts: ReadonlyMap<string, unknown>): Json {
  if (isOutputRef(input)) return outputValue(input.$output, receipts);
  if (isList(input)) return input.map((item) => resolveInputs(item, receipts));
  if (typeof input !== 'object' || input === null) return input;
  return Object.fromEntries(Object.entries(input).map(([key, item]) => [key, resolveInputs(item, receipts)]));
}

function outputValue(
  { from, key }: { readonly from: string; readonly key: string },
  receipts: ReadonlyMap<string, unknown>,
): Json {
  if (!receipts.has(from)) throw new Error(`there is no receipt of step "${from}" to take "${key}" from`);
  const receipt = receipts.get(from);
  if (typeof receipt !== 'object' || receipt === null || !Object.hasOwn(receipt, key)) {
    throw new Error(`the receipt of step "${from}" has no "${key}"`);
  }
  // Receipts come from the journal or went through JSON, so their members are JSON.
  return (receipt as { readonly [name: string]: Json })[key] as Json;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
