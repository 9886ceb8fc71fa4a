import type { Clock, RigLimits, SuiteProgress } from '@osrel/core';
import type { AccountApiOf } from './account-api.ts';
import type { RigReturn } from './hold-rig.ts';
import type { LeaseBook } from './lease-file.ts';
import type { HeldRig, RigPool, RigWish, SuiteFollower } from './leviathan-parts.ts';
import type { RigAddress } from './list-fleet-rigs.ts';
import { chooseRigs, LOSSES_TO_QUARANTINE } from './rig-choice.ts';
import { nameOfRig } from './rig-name.ts';
import { createRigRegister, type PoolRig, type RigRegister } from './rig-register.ts';
import { createRigRequests, type RigRequests } from './rig-requests.ts';
import { keyOfSource, listRigsOf } from './rig-sources.ts';
import { createRigWaiter, eligible, lateError, type RigWaiter, refuse, waitingFacts } from './rig-waiter.ts';
import { describeMissing, describeWaiting, noFreeRig, noSuchRig } from './rig-words.ts';
import { type Taking, takeRig } from './take-rig.ts';
import { type RigWatch, watchRigs } from './watch-rigs.ts';

/** Milliseconds, except where a test wants others. */
export interface RigIntervals {
  readonly heartbeat: number;
  /** Between two looks at the rigs while somebody waits. */
  readonly poll: number;
  /** Between two words to who waits. */
  readonly tell: number;
}

export interface RigPoolOptions {
  readonly clock: Clock;
  readonly apiOf: AccountApiOf;
  readonly leases: LeaseBook;
  readonly limits: RigLimits;
  /** From 0 to 1, for looks that are not in step with those of others. */
  readonly random: () => number;
  readonly requests?: RigRequests;
  readonly intervals?: Partial<RigIntervals>;
  /** How a rig's public address is made. */
  readonly address?: RigAddress;
}

const INTERVALS: RigIntervals = { heartbeat: 20_000, poll: 5_000, tell: 180_000 };
const LATE_LOOK_MS = 30_000;
const WAITING: SuiteProgress = {
  activity: 'waiting',
  rig: null,
  running: null,
  passed: 0,
  failed: 0,
  skipped: 0,
  percent: null,
};

interface Pool {
  readonly options: RigPoolOptions;
  readonly intervals: RigIntervals;
  readonly requests: RigRequests;
  readonly register: RigRegister;
  readonly watches: Map<string, RigWatch>;
  /** In order of asking. */
  readonly waiters: Set<RigWaiter>;
  /** Those who have a rig. */
  readonly holders: Set<RigWaiter>;
}

/** Rigs for the suites of one run. Asks nobody before the first wish. */
export function createRigPool(options: RigPoolOptions): RigPool {
  const pool: Pool = {
    options,
    intervals: { ...INTERVALS, ...options.intervals },
    requests: options.requests ?? createRigRequests(),
    register: createRigRegister(),
    watches: new Map(),
    waiters: new Set(),
    holders: new Set(),
  };
  return { take: (wish, follower) => take(pool, wish, follower) };
}

async function take(pool: Pool, wish: RigWish, follower: SuiteFollower): Promise<HeldRig> {
  const { signal } = follower;
  signal.throwIfAborted();
  const waiter = createRigWaiter(wish, follower, watchOf(pool, wish));
  pool.waiters.add(waiter);
  // A rig that is being asked may say yes: then it is given back before this ends.
  const stop = () => refuse(waiter, signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  void expire(pool, waiter);
  serve(pool);
  try {
    const held = await waiter.outcome.promise;
    if (!signal.aborted) return held;
    await held.release();
    throw signal.reason;
  } finally {
    signal.removeEventListener('abort', stop);
    leave(pool, waiter);
  }
}

function watchOf(pool: Pool, wish: RigWish): RigWatch {
  const { clock, apiOf, random, address } = pool.options;
  const key = keyOfSource(wish);
  const known = pool.watches.get(key);
  if (known?.broken() === null) return known;
  const watch = watchRigs({
    list: (signal) => listRigsOf({ wish, apiOf, address, signal }),
    register: pool.register,
    requests: pool.requests,
    clock,
    pollMs: pool.intervals.poll,
    random,
    onChange: () => serve(pool),
  });
  pool.watches.set(key, watch);
  return watch;
}

function leave(pool: Pool, waiter: RigWaiter): void {
  pool.waiters.delete(waiter);
  waiter.over.abort();
  forgetUnwanted(pool);
  serve(pool);
}

/** Nobody looks at rigs that nobody waits for, and what was seen of them gets old. */
function forgetUnwanted(pool: Pool): void {
  const used = new Set([...pool.waiters].map(({ watch }) => watch));
  for (const [key, watch] of pool.watches) {
    if (used.has(watch)) continue;
    watch.stop();
    pool.watches.delete(key);
  }
  const urls = [...pool.watches.values()].flatMap((watch) => (watch.rigs() ?? []).map(({ url }) => url));
  pool.register.keepOnly(new Set(urls));
}

async function expire(pool: Pool, waiter: RigWaiter): Promise<void> {
  const { clock } = pool.options;
  const over = waiter.over.signal;
  try {
    await clock.sleep(waiter.wish.waitMs, over);
    waiter.isLate = true;
    serve(pool);
    // The first look may still be under way; it is not waited for without end.
    await clock.sleep(LATE_LOOK_MS, over);
    refuse(waiter, lateError(factsOf(pool, waiter)));
  } catch (error) {
    if (!over.aborted) refuse(waiter, error);
  }
}

/** Gives free rigs to who waits, refuses those who wait for nothing, and tells the others. Called at every change. */
function serve(pool: Pool): void {
  for (const waiter of listWaiting(pool)) refuseHopeless(pool, waiter);
  const choices = chooseRigs(listWaiting(pool).map(eligible), {
    limits: pool.options.limits,
    held: { testbot: countHeld(pool, 'testbot'), qemu: countHeld(pool, 'qemu') },
  });
  for (const { wish, url } of choices) void ask(pool, wish.waiter, url);
  const waiting = listWaiting(pool);
  if (waiting.some(({ isAsking }) => isAsking)) return;
  for (const waiter of waiting.filter(({ watch }) => watch.hasLooked())) {
    if (waiter.isLate) refuse(waiter, lateError(factsOf(pool, waiter)));
    else if (!waiter.wasTold) void keepTelling(pool, waiter);
  }
}

function listWaiting(pool: Pool): readonly RigWaiter[] {
  return [...pool.waiters].filter(({ over }) => !over.signal.aborted);
}

function countHeld({ holders }: Pool, kind: RigWish['kind']): number {
  return [...holders].filter(({ wish }) => wish.kind === kind).length;
}

function factsOf(pool: Pool, waiter: RigWaiter) {
  const { kind } = waiter.wish;
  const limit = pool.options.limits[kind];
  const isFull = limit !== null && countHeld(pool, kind) >= limit;
  return waitingFacts(waiter, listWaiting(pool), isFull ? limit : null);
}

function refuseHopeless(pool: Pool, waiter: RigWaiter): void {
  const broken = waiter.watch.broken();
  const rigs = waiter.watch.rigs();
  if (broken !== null) refuse(waiter, broken.error);
  else if (rigs === null || waiter.isAsking) return;
  else if (rigs.length === 0) refuse(waiter, noSuchRig(factsOf(pool, waiter)));
  else if (rigs.every(({ losses }) => losses >= LOSSES_TO_QUARANTINE)) {
    refuse(waiter, noFreeRig(factsOf(pool, waiter), 'quarantined'));
  } else tellMissing(waiter);
}

function tellMissing(waiter: RigWaiter): void {
  const missing = waiter.watch.missing();
  if (missing.length === 0 || waiter.wasToldMissing) return;
  waiter.wasToldMissing = true;
  waiter.follower.onLine(describeMissing(missing));
}

async function keepTelling(pool: Pool, waiter: RigWaiter): Promise<void> {
  waiter.wasTold = true;
  waiter.follower.onProgress(WAITING);
  while (!waiter.over.signal.aborted) {
    waiter.follower.onLine(describeWaiting(factsOf(pool, waiter)));
    await pool.options.clock.sleep(pool.intervals.tell, waiter.over.signal).catch(() => undefined);
  }
}

async function ask(pool: Pool, waiter: RigWaiter, url: string): Promise<void> {
  const found = pool.register.find(url);
  if (found === undefined) return;
  const { wish, follower } = waiter;
  waiter.isAsking = true;
  pool.register.take(url);
  const { clock, leases } = pool.options;
  const terms = { rig: found.rig, url, wish, follower, clock, leases, requests: pool.requests };
  const onReturn = (how: RigReturn) => giveBack(pool, { waiter, url, how });
  const answer = await takeRig({ ...terms, heartbeatMs: pool.intervals.heartbeat, onReturn }).catch(
    (error: unknown) => ({ kind: 'failed', error }) as const,
  );
  waiter.isAsking = false;
  settle(pool, { waiter, found, answer });
  serve(pool);
}

type Answer = Taking | { readonly kind: 'failed'; readonly error: unknown };

function settle(
  { register, holders }: Pool,
  { waiter, found, answer }: { readonly waiter: RigWaiter; readonly found: PoolRig; readonly answer: Answer },
): void {
  const { signal } = waiter.follower;
  if (answer.kind === 'held') {
    holders.add(waiter);
    waiter.over.abort();
    waiter.outcome.resolve(answer.held);
    return;
  }
  // Given back already where it was held for a moment.
  if (register.find(found.url)?.isOurs === true) {
    const status = answer.kind === 'failed' ? ({ kind: 'unknown' } as const) : answer;
    register.giveBack(found.url, { status, wasLost: false });
  }
  if (answer.kind === 'failed') refuse(waiter, answer.error);
  else if (signal.aborted) refuse(waiter, signal.reason);
}

/** What one suite frees goes to the next one that waits, without another look. */
function giveBack(
  pool: Pool,
  { waiter, url, how }: { readonly waiter: RigWaiter; readonly url: string; readonly how: RigReturn },
): void {
  const { isFree, wasLost } = how;
  pool.holders.delete(waiter);
  const rig = pool.register.giveBack(url, { status: { kind: isFree ? 'idle' : 'unknown' }, wasLost });
  if (wasLost && rig?.losses === LOSSES_TO_QUARANTINE) {
    const name = nameOfRig(rig.rig);
    waiter.follower.onLine(
      `rig ${name} was lost ${rig.losses} times in this run: it is left alone from now on`,
    );
  }
  forgetUnwanted(pool);
  serve(pool);
}
