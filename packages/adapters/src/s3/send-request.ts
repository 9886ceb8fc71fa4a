import type { Clock } from '@osrel/core';
import { explainFailure } from './explain-failure.ts';
import type { S3Connection } from './s3-connection.ts';
import { answerOf, isNotFound, isPreconditionFailed, isTransient } from './s3-errors.ts';

export interface S3Request<Reply> {
  /** The permission it needs, as a policy says it: `s3:PutObject`. */
  readonly action: string;
  readonly key: string | null;
  readonly signal?: AbortSignal | undefined;
  readonly call: (connection: S3Connection, signal: AbortSignal | undefined) => Promise<Reply>;
  /**
   * For requests that must not be done twice: looks whether an attempt without a readable reply was done, and gives
   * its reply; undefined: it was not.
   */
  readonly findDone?: () => Promise<Reply | undefined>;
  /** Errors the caller knows what to do with; they come as the SDK threw them. */
  readonly expects?: (error: unknown) => boolean;
}

/** Requests to one bucket, repeated where that may help, with failures a user can act on. */
export interface S3Session {
  readonly bucket: string;
  connect(): Promise<S3Connection>;
  /** @throws permission, config, upstream or integrity, `retryable` when it may succeed later */
  send<Reply>(request: S3Request<Reply>): Promise<Reply>;
}

const ATTEMPTS = 5;
const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 60_000;

export function createS3Session(bucket: string, clock: Clock, open: () => Promise<S3Connection>): S3Session {
  let opened: Promise<S3Connection> | undefined;
  const connect = (): Promise<S3Connection> => {
    opened ??= open();
    return opened;
  };
  return {
    bucket,
    connect,
    send: async (request) => {
      const connection = await connect();
      try {
        return await repeat(request, connection, clock);
      } catch (error) {
        request.signal?.throwIfAborted();
        if (request.expects?.(error) === true) throw error;
        throw explainFailure(error, { ...request, bucket, server: connection.server() });
      }
    },
  };
}

async function repeat<Reply>(
  request: S3Request<Reply>,
  connection: S3Connection,
  clock: Clock,
): Promise<Reply> {
  const { signal, findDone } = request;
  let inDoubt = false;
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      return await request.call(connection, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (!inDoubt && request.expects?.(error) === true) throw error;
      const mayHelp = isTransient(error);
      // The second attempt of a write that was done: its own result stands in its way.
      const standsInItsOwnWay = inDoubt && (isPreconditionFailed(error) || isNotFound(error));
      if (!mayHelp && !standsInItsOwnWay) throw error;
      const isLast = attempt >= ATTEMPTS || !mayHelp;
      if (!isLast) await clock.sleep(delayBefore(attempt, error), signal);
      const done = await findDone?.();
      if (done !== undefined) return done;
      if (isLast) throw error;
      inDoubt = true;
    }
  }
}

function delayBefore(attempt: number, error: unknown): number {
  const asked = answerOf(error).retryAfterMs ?? FIRST_DELAY_MS * 2 ** (attempt - 1);
  return Math.min(asked, LONGEST_DELAY_MS);
}
