/** A broken rule at a key path of the document. */
export interface RuleProblem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}
