import { type Clock, OsrelError } from '@osrel/core';

export interface RetryTerms {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

export interface RetryOptions extends RetryTerms {
  /** Whether a passing error may be met with another attempt; absent: always. */
  readonly mayRepeat?: (error: OsrelError) => boolean;
}

export const MOST_ATTEMPTS = 5;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 60_000;

/**
 * Calls `attempt` until it answers, at most five times, with a growing delay or the one that the server asked for.
 * An error that a retry cannot help, and a server that wants more than a minute, end it at once.
 */
export async function withRetries<Result>(
  { mayRepeat = () => true, ...terms }: RetryOptions,
  attempt: () => Promise<Result>,
): Promise<Result> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (failures >= MOST_ATTEMPTS || !isPassing(error) || !mayRepeat(error)) throw error;
      await delayAfter(terms, error, failures);
    }
  }
}

/** Waits as long as the error and the number of failures in a row ask for; throws the error when waiting is no use. */
export async function delayAfter(
  { clock, signal }: RetryTerms,
  error: unknown,
  failures: number,
): Promise<void> {
  if (!isPassing(error)) throw error;
  const delayMs = askedDelayMs(error) ?? FIRST_DELAY_MS * 2 ** (failures - 1);
  if (delayMs > LONGEST_DELAY_MS) throw error;
  await clock.sleep(delayMs, signal);
}

/** Whether the same call may succeed later, or may have been done although no good answer came. */
export function isPassing(error: unknown): error is OsrelError {
  return error instanceof OsrelError && error.retryable;
}

/** Milliseconds that the server behind this error asked to wait; undefined when it named no time. */
export function askedDelayMs(error: unknown): number | undefined {
  const asked = error instanceof OsrelError ? error.details.retryAfterMs : undefined;
  return typeof asked === 'number' ? asked : undefined;
}
