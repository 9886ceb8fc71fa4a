import type { Clock } from '@osrel/core';
import { z } from 'zod';
import { parseRetryAfter } from '../parse-retry-after.ts';
import { MOST_ATTEMPTS } from '../with-retries.ts';
import { type Attempted, githubError } from './github-error.ts';

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 60_000;

const limited = z.looseObject({
  response: z.looseObject({
    headers: z.looseObject({
      'retry-after': z.unknown().optional(),
      'x-ratelimit-remaining': z.coerce.number().optional(),
      'x-ratelimit-reset': z.coerce.number().positive().optional(),
    }),
  }),
});

/** Failures that were repeated often enough: a repetition around this one leaves them alone. */
const givenUp = new WeakSet<Error>();

export interface RepeatOptions {
  readonly attempted: Attempted;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes a request that may be repeated, at most five times: after what the server asks for (Retry-After, the reset of
 * the rate limit) up to a minute, else after 1, 2, 4 and 8 seconds. Throws the last failure as an OsrelError; a longer
 * wait that the server asks for ends it at once, still retryable.
 */
export async function repeatRequest<Result>(
  request: () => Promise<Result>,
  { attempted, clock, signal }: RepeatOptions,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await request();
    } catch (error) {
      const failure = githubError(error, attempted);
      const delayMs = askedDelayMs(error, clock) ?? FIRST_DELAY_MS * 2 ** (attempt - 1);
      const isOver = attempt === MOST_ATTEMPTS || delayMs > LONGEST_DELAY_MS || givenUp.has(failure);
      if (!failure.retryable || isOver) {
        givenUp.add(failure);
        throw failure;
      }
      await clock.sleep(delayMs, signal);
    }
  }
}

function askedDelayMs(error: unknown, clock: Clock): number | undefined {
  const parsed = limited.safeParse(error);
  if (!parsed.success) return undefined;
  const { headers } = parsed.data.response;
  const asked = parseRetryAfter(headers['retry-after'], clock.now());
  if (asked !== undefined) return asked;
  const reset = headers['x-ratelimit-reset'];
  if (headers['x-ratelimit-remaining'] !== 0 || reset === undefined) return undefined;
  return Math.max(reset * 1_000 - Date.parse(clock.now()), 0) + FIRST_DELAY_MS;
}
