import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refused, upstreamFailed } from '../errors/osrel-error.ts';
import { REMOTE_RETRY } from '../plan/step-ref.ts';
import { delayBeforeAttempt, type FailedAttempt, runWithRetry } from './retry-policy.ts';

describe('delayBeforeAttempt', () => {
  it('starts at once, then grows by the factor up to the cap', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((attempt) => delayBeforeAttempt(REMOTE_RETRY, attempt));

    expect(delays).toEqual([0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  });

  it('never exceeds the cap, even where the factor overflows', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5_000 }),
        fc.integer({ min: 0, max: 100_000 }),
        (attempt, maxDelayMs) => {
          const delay = delayBeforeAttempt(
            { attempts: 9, firstDelayMs: 1_000, factor: 3, maxDelayMs },
            attempt,
          );
          expect(delay >= 0 && delay <= maxDelayMs).toBe(true);
        },
      ),
    );
  });
});

describe('runWithRetry', () => {
  const later = upstreamFailed('s3.busy', 'slow down', { retryable: true });

  function attemptsThat(errors: readonly unknown[], signal = new AbortController().signal) {
    const failed: FailedAttempt[] = [];
    const sleeps: number[] = [];
    const run = runWithRetry({
      policy: { attempts: 3, firstDelayMs: 5, factor: 2, maxDelayMs: 60 },
      clock: { now: () => '', sleep: async (delayMs) => void sleeps.push(delayMs) },
      signal,
      attempt: async (attempt) => {
        if (attempt <= errors.length) throw errors[attempt - 1];
        return attempt;
      },
      onFailure: async (failure) => void failed.push(failure),
    });
    return { run, failed, sleeps };
  }

  it('answers the first attempt that succeeds', async () => {
    const { run, failed, sleeps } = attemptsThat([later, later]);

    expect(await run).toBe(3);
    expect(failed.map(({ attempt, delayMs }) => [attempt, delayMs])).toEqual([
      [1, 5],
      [2, 10],
    ]);
    expect(sleeps).toEqual([5, 10]);
  });

  it('gives the last error when the attempts are used up', async () => {
    const last = upstreamFailed('s3.down', 'gone', { retryable: true });
    const { run, failed } = attemptsThat([later, later, last]);

    await expect(run).rejects.toBe(last);
    expect(failed.at(-1)).toEqual({ attempt: 3, error: last, delayMs: null });
  });

  it.each([refused('gate.closed', 'no'), new Error('a defect'), 'text'])(
    'does not repeat %s',
    async (error) => {
      const { run, sleeps } = attemptsThat([error]);

      await expect(run).rejects.toBe(error);
      expect(sleeps).toEqual([]);
    },
  );

  it('gives the reason of the signal instead of another attempt', async () => {
    const stop = new AbortController();
    const reason = new Error('SIGINT');
    stop.abort(reason);
    const { run, failed } = attemptsThat([later], stop.signal);

    await expect(run).rejects.toBe(reason);
    expect(failed).toEqual([]);
  });
});
