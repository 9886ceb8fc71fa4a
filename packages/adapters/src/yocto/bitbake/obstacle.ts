import { OsrelError, type Problem } from '@osrel/core';

/** Something that keeps a build from starting: an error, and the place it is about. */
export interface Obstacle {
  readonly at: string;
  readonly error: OsrelError;
}

/** The obstacles for a description, each with the next move in its last message. */
export function describeObstacles(obstacles: readonly Obstacle[]): readonly Problem[] {
  return obstacles.flatMap(({ at, error }) => {
    const found = error.problems.length > 0 ? error.problems : [{ at, message: error.message }];
    // The hint is about all of one obstacle: it is said once, after the last.
    return found.map((problem, index) =>
      index === found.length - 1
        ? { at: problem.at, message: withHint(problem.message, error.hint) }
        : problem,
    );
  });
}

/**
 * Throws when anything is in the way: one error with all problems. Its code and hint are those of the first obstacle,
 * from which the others may follow.
 */
export function refuseObstacles(obstacles: readonly Obstacle[]): void {
  const [first] = obstacles;
  if (first === undefined) return;
  const { error } = first;
  throw new OsrelError(error.kind, error.code, error.message, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.cause === undefined ? {} : { cause: error.cause }),
    details: error.details,
    problems: describeObstacles(obstacles),
  });
}

function withHint(message: string, hint: string | undefined): string {
  return hint === undefined ? message : `${message}; ${hint}`;
}
