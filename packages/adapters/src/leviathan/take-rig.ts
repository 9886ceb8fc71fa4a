import type { Clock, Rig } from '@osrel/core';
import { holdRig, type RigReturn } from './hold-rig.ts';
import type { Lease, LeaseBook } from './lease-file.ts';
import type { HeldRig, RigWish, SuiteFollower } from './leviathan-parts.ts';
import type { RigRequests } from './rig-requests.ts';
import { RigSilence, wordsOf } from './rig-silence.ts';
import { withGrace } from './time-limit.ts';

export interface TakeTerms {
  readonly rig: Rig;
  readonly url: string;
  readonly wish: Pick<RigWish, 'core' | 'purpose'>;
  readonly follower: SuiteFollower;
  readonly clock: Clock;
  readonly requests: RigRequests;
  readonly leases: LeaseBook;
  readonly heartbeatMs: number;
  /** Called once for a rig that came to be held, when it was given back. */
  readonly onReturn: (how: RigReturn) => void;
}

export type Taking =
  | { readonly kind: 'held'; readonly held: HeldRig }
  | { readonly kind: 'busy' }
  | { readonly kind: 'silent'; readonly because: string };

/** How long an answer to /start is still waited for after an abort: who misses it cannot give the rig back. */
const GRACE_MS = 2_000;

/**
 * Asks a rig whether it is free, and keeps it when it is. The lease is on disk before the rig is asked. An abort at any
 * moment gives the rig back and throws the signal's reason. Throws what writing the lease throws.
 */
export async function takeRig(terms: TakeTerms): Promise<Taking> {
  const { rig, url, wish, follower, clock, requests, leases } = terms;
  const { signal } = follower;
  signal.throwIfAborted();
  const lease = await leases.open({ rig, url, core: wish.core, purpose: wish.purpose });
  if (signal.aborted) await lease.remove();
  signal.throwIfAborted();
  const takenAt = clock.now();
  const answer = await withGrace({ graceMs: GRACE_MS, signal }, (late) => requests.start(url, late)).catch(
    (error: unknown) => (error instanceof RigSilence || signal.aborted ? { error } : Promise.reject(error)),
  );
  if (typeof answer === 'object') return giveUp(terms, lease, answer.error);
  if (answer === 'busy') {
    await lease.remove();
    signal.throwIfAborted();
    return { kind: 'busy' };
  }
  return hold(terms, lease, takenAt);
}

async function hold(terms: TakeTerms, lease: Lease, takenAt: string): Promise<Taking> {
  const { signal } = terms.follower;
  const held = holdRig({ ...terms, lease, takenAt });
  try {
    if (!signal.aborted) await lease.hold(takenAt);
    signal.throwIfAborted();
  } catch (error) {
    await held.release();
    throw error;
  }
  return { kind: 'held', held };
}

/** No answer to /start: the rig may have taken the request for all that. Then the lease stays, and the rig frees itself. */
async function giveUp({ url, requests, follower }: TakeTerms, lease: Lease, error: unknown): Promise<Taking> {
  const wasNeverAsked = error instanceof RigSilence && !error.mayHaveArrived;
  const { signal } = follower;
  const isFree = async () => (await requests.state(url, signal).catch(() => 'unknown')) === 'idle';
  // Who cancels waits for no second answer of a rig that gives none.
  if (wasNeverAsked || (!signal.aborted && (await isFree()))) await lease.remove();
  signal.throwIfAborted();
  return { kind: 'silent', because: wordsOf(error) };
}
