import { createFaultRules } from '../fault-rules.ts';
import type { S3LoggedRequest } from './s3-log.ts';

/** What goes wrong with a request. */
export type S3Fault =
  /** Refused; nothing is done. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly code: string;
      readonly headers?: Record<string, string>;
    }
  /** The connection ends before anything was done. */
  | { readonly kind: 'reset-before' }
  /** Everything is done, but the answer never arrives. */
  | { readonly kind: 'reset-after' }
  /** Done, but the body ends in the middle, on a connection that seems to end well. */
  | { readonly kind: 'truncated' }
  /** Done, but the connection breaks in the middle of the body. */
  | { readonly kind: 'cut' }
  /** A proxy's page instead of the answer; nothing is done. */
  | { readonly kind: 'page'; readonly status: number }
  /** Nothing is done and nothing is answered. */
  | { readonly kind: 'silence' }
  /** One bit of the request's body changes on the way. */
  | { readonly kind: 'flip' };

export interface S3FaultRule {
  /** Which requests it is about. */
  readonly at: (request: S3LoggedRequest) => boolean;
  /** How many of these fail; 1 when absent. */
  readonly times?: number;
  readonly fault: S3Fault;
}

export interface S3Faults {
  fail(rule: S3FaultRule): void;
  next(request: S3LoggedRequest): S3Fault | undefined;
}

/** The oldest rule that applies and has failures left decides. */
export function createS3Faults(): S3Faults {
  const rules = createFaultRules<S3LoggedRequest, S3Fault>();
  return {
    fail: ({ at, times, fault }) => rules.add({ applies: at, times, fault }),
    next: rules.take,
  };
}
