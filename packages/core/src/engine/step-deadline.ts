import { toolFailed } from '../errors/osrel-error.ts';
import type { Clock } from '../ports/clock.ts';

/** How long a step that was told to stop may take to do so. */
const GRACE_MS = 10_000;

export interface DeadlineRequest<Result> {
  readonly stepId: string;
  /** Null: no limit. */
  readonly timeoutMs: number | null;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly work: (signal: AbortSignal) => Promise<Result>;
}

/**
 * Does the work within its time. When it is over, the work's signal aborts and the work gets ten seconds to end: if it
 * finishes after all its result counts, otherwise throws tool `step.timed-out`.
 */
export async function withDeadline<Result>(request: DeadlineRequest<Result>): Promise<Result> {
  const { timeoutMs, clock, signal, work } = request;
  if (timeoutMs === null) return work(signal);
  const late = new AbortController();
  const settled = new AbortController();
  const end = endOf(work(AbortSignal.any([signal, late.signal])));
  try {
    const first = await Promise.race([end, waitFor(timeoutMs, clock, settled.signal)]);
    if (first !== 'late') return resultOf(first);
    const error = toolFailed(
      'step.timed-out',
      `step "${request.stepId}" did not finish within ${timeoutMs / 1000} s`,
      {
        hint: 'look into its log; continue with osrel resume once the cause is gone',
      },
    );
    late.abort(error);
    const second = await Promise.race([end, waitFor(GRACE_MS, clock, settled.signal)]);
    if (second !== 'late' && second.kind === 'result') return second.result;
    throw error;
  } finally {
    settled.abort();
  }
}

type End<Result> =
  | { readonly kind: 'result'; readonly result: Result }
  | { readonly kind: 'error'; readonly error: unknown };

function endOf<Result>(work: Promise<Result>): Promise<End<Result>> {
  return work.then(
    (result) => ({ kind: 'result', result }),
    (error: unknown) => ({ kind: 'error', error }),
  );
}

function resultOf<Result>(end: End<Result>): Result {
  if (end.kind === 'error') throw end.error;
  return end.result;
}

/** Answers `late` after the time; never settles when stopped, since then nobody waits any more. */
function waitFor(delayMs: number, clock: Clock, signal: AbortSignal): Promise<'late'> {
  return new Promise((resolve, reject) => {
    clock.sleep(delayMs, signal).then(
      () => resolve('late'),
      (error: unknown) => {
        if (!signal.aborted) reject(error);
      },
    );
  });
}
