/** A rig that cannot be reached, or answers what no rig answers. Its message goes on after the rig's name. */
export class RigSilence extends Error {
  override readonly name = 'RigSilence';
  /** False when the rig has certainly never seen the request. */
  readonly mayHaveArrived: boolean;
  /** True when the rig says that nobody took it since it was started: a reservation of ours is gone. */
  readonly hasForgotten: boolean;

  constructor(
    message: string,
    facts: { readonly mayHaveArrived: boolean; readonly hasForgotten?: boolean; readonly cause?: unknown },
  ) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.mayHaveArrived = facts.mayHaveArrived;
    this.hasForgotten = facts.hasForgotten ?? false;
  }
}

/** Why a rig is not to be had, in words that go on after its name. Throws what is no silence of a rig. */
export function wordsOf(error: unknown): string {
  if (error instanceof RigSilence) return error.message;
  throw error;
}
