import { OsrelError } from '../../errors/osrel-error.ts';
import type { Decision } from '../../plan/plan.ts';

/** A refusal carries the decisions made before it, so that `osrel why` can tell the whole chain. */
export function withDecisions<Result>(decisions: readonly Decision[], work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof OsrelError)) throw error;
    throw new OsrelError(error.kind, error.code, error.message, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(error.cause === undefined ? {} : { cause: error.cause }),
      problems: error.problems,
      details: { decisions, ...error.details },
    });
  }
}
