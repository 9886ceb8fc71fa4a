import { asOsrelError } from '../errors/osrel-error.ts';
import type { RetryPolicy } from '../plan/plan.ts';
import type { Clock } from '../ports/clock.ts';

/** Milliseconds to wait before attempt number `attempt` (from 1); the first starts at once. */
export function delayBeforeAttempt(policy: RetryPolicy, attempt: number): number {
  if (attempt <= 1) return 0;
  return Math.min(policy.maxDelayMs, policy.firstDelayMs * policy.factor ** (attempt - 2));
}

/** A failed attempt; `delayMs` is the wait before the next one, null when there will be none. */
export interface FailedAttempt {
  readonly attempt: number;
  readonly error: unknown;
  readonly delayMs: number | null;
}

export interface RetryRequest<Result> {
  readonly policy: RetryPolicy;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly attempt: (attempt: number) => Promise<Result>;
  readonly onFailure: (failed: FailedAttempt) => Promise<void>;
}

/**
 * Repeats an attempt while its error says `retryable` and the policy has attempts left. Throws the last error as it
 * was thrown, or the signal's reason when aborted while waiting.
 */
export async function runWithRetry<Result>(request: RetryRequest<Result>): Promise<Result> {
  const { policy, clock, signal } = request;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await request.attempt(attempt);
    } catch (error) {
      const isLast = attempt >= policy.attempts || asOsrelError(error)?.retryable !== true;
      if (!isLast) signal.throwIfAborted();
      const delayMs = isLast ? null : delayBeforeAttempt(policy, attempt + 1);
      await request.onFailure({ attempt, error, delayMs });
      if (delayMs === null) throw error;
      await clock.sleep(delayMs, signal);
      signal.throwIfAborted();
    }
  }
}
