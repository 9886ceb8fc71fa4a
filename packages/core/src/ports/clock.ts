/** Time from outside; a test's clock does not move by itself. */
export interface Clock {
  /** Now, as an ISO 8601 timestamp in UTC with milliseconds. */
  now(): string;
  /** Resolves after `delayMs`; rejects with the signal's reason when aborted. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}
