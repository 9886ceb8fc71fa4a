import type { Json } from '../model/json-value.ts';

export type KeyPath = readonly string[];

/** One value of the configuration under the key that sets it in osrel.yml. */
export interface Setting {
  readonly path: KeyPath;
  readonly value: Json;
  /** Key paths of osrel.yml that decide the value, the strongest first. */
  readonly decidedBy: readonly KeyPath[];
}

/** A setting that its own key decides, or else the others in their order. */
export function setting(path: KeyPath, value: Json, ...others: readonly KeyPath[]): Setting {
  return { path, value, decidedBy: [path, ...others] };
}
