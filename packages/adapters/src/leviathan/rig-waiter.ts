import { type OsrelError, upstreamFailed } from '@osrel/core';
import type { HeldRig, RigWish, SuiteFollower } from './leviathan-parts.ts';
import { type EligibleWish, listFitting } from './rig-choice.ts';
import { noFreeRig, type WaitingFacts } from './rig-words.ts';
import type { RigWatch } from './watch-rigs.ts';

/** A wish whose rig has not come yet. */
export interface RigWaiter {
  readonly wish: RigWish;
  readonly follower: SuiteFollower;
  readonly watch: RigWatch;
  readonly outcome: PromiseWithResolvers<HeldRig>;
  /** Aborts when it waits no more. */
  readonly over: AbortController;
  isAsking: boolean;
  /** It has waited as long as it may. */
  isLate: boolean;
  wasTold: boolean;
  wasToldMissing: boolean;
}

export function createRigWaiter(wish: RigWish, follower: SuiteFollower, watch: RigWatch): RigWaiter {
  return {
    wish,
    follower,
    watch,
    outcome: Promise.withResolvers(),
    over: new AbortController(),
    isAsking: false,
    isLate: false,
    wasTold: false,
    wasToldMissing: false,
  };
}

/** Ends the waiting with an error; who asks a rig at the moment has its answer first. */
export function refuse(waiter: RigWaiter, error: unknown): void {
  if (waiter.isAsking) return;
  waiter.over.abort();
  waiter.outcome.reject(error);
}

/** The waiter as the choice of rigs looks at it. */
export function eligible(waiter: RigWaiter): EligibleWish & { readonly waiter: RigWaiter } {
  const { wish, watch, isAsking } = waiter;
  const rigs = (watch.rigs() ?? []).map(({ rig, url, status, isOurs, losses }) => ({
    url,
    id: rig.id,
    isIdle: status.kind === 'idle' && !isOurs,
    losses,
  }));
  return { kind: wish.kind, avoid: wish.avoid, rigs, isAsking, waiter };
}

/** `waiting`: everybody who waits, in order of asking. */
export function waitingFacts(
  waiter: RigWaiter,
  waiting: readonly RigWaiter[],
  limit: number | null,
): WaitingFacts {
  const { wish, watch } = waiter;
  const own = fittingUrls(waiter);
  const earlier = waiting.slice(0, Math.max(0, waiting.indexOf(waiter)));
  const ahead = earlier.filter((other) => [...fittingUrls(other)].some((url) => own.has(url))).length;
  return { wish, rigs: watch.rigs(), missing: watch.missing(), failure: watch.failure(), ahead, limit };
}

/** What who has waited long enough is told. */
export function lateError(facts: WaitingFacts): OsrelError {
  if (facts.rigs !== null) return noFreeRig(facts, 'waited');
  if (facts.failure !== null) return facts.failure;
  const { account } = facts.wish;
  return upstreamFailed('lab.fleet-silent', `${account.api} did not list any rigs in time`, {
    hint: 'check network and proxy, then run the command again',
    retryable: true,
  });
}

function fittingUrls({ wish, watch }: RigWaiter): ReadonlySet<string> {
  const rigs = (watch.rigs() ?? []).map((found) => ({ ...found, id: found.rig.id, isIdle: false }));
  return new Set(listFitting(rigs, wish.avoid).map(({ url }) => url));
}
