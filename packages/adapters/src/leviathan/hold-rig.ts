import { type Clock, type Rig, rigFailed } from '@osrel/core';
import { fetchSerial } from './fetch-serial.ts';
import type { Lease } from './lease-file.ts';
import type { HeldRig, SuiteFollower } from './leviathan-parts.ts';
import { nameOfRig } from './rig-name.ts';
import { type RigRequests, silenceOf } from './rig-requests.ts';
import { isSurelyOurs } from './rig-reservation.ts';
import { type RigSilence, wordsOf } from './rig-silence.ts';

/** How a rig was given back. */
export interface RigReturn {
  /** Whether it is known to be free: the next may ask for it at once. */
  readonly isFree: boolean;
  /** Whether it had stopped answering. */
  readonly wasLost: boolean;
}

export interface HoldTerms {
  readonly rig: Rig;
  readonly url: string;
  readonly clock: Clock;
  readonly requests: RigRequests;
  /** In state `held`. */
  readonly lease: Lease;
  /** When the request was sent that took the rig, ISO 8601. */
  readonly takenAt: string;
  readonly heartbeatMs: number;
  readonly follower: Pick<SuiteFollower, 'onLine'>;
  readonly onReturn: (how: RigReturn) => void;
}

const FAILURES_TO_WARN = 3;
const FAILURES_TO_LOSE = 10;

interface Holding {
  readonly terms: HoldTerms;
  readonly over: AbortController;
  readonly lost: AbortController;
  /** When the last heartbeat was sent that the rig answered, ISO 8601. */
  heardAt: string;
  /** The rig was seen free while we had it: by now it may be another's. */
  wasSeenFree: boolean;
}

/** Keeps a rig that was just taken, with a heartbeat every now and then, until it is released. */
export function holdRig(terms: HoldTerms): HeldRig {
  const holding: Holding = {
    terms,
    over: new AbortController(),
    lost: new AbortController(),
    heardAt: terms.takenAt,
    wasSeenFree: false,
  };
  const beating = keepBeating(holding);
  let released: Promise<void> | undefined;
  return {
    rig: terms.rig,
    url: terms.url,
    lost: holding.lost.signal,
    fetchSerial: (path) => serialTo(holding, path),
    release: () => {
      released ??= release(holding, beating);
      return released;
    },
  };
}

async function keepBeating(holding: Holding): Promise<void> {
  const { clock, heartbeatMs } = holding.terms;
  const over = holding.over.signal;
  let failures = 0;
  const wait = () => clock.sleep(heartbeatMs, over).catch(() => undefined);
  await wait();
  while (!over.aborted) {
    // A slow answer must not make the next one late: the rig counts on.
    const due = wait();
    const failed = await beat(holding);
    if (over.aborted) return;
    failures =
      failed === undefined ? noteAnswer(holding, failures) : noteFailure(holding, failures + 1, failed);
    if (holding.lost.signal.aborted) return;
    await due;
  }
}

/** One heartbeat, and a look whether the rig is still taken; answers what went wrong. */
async function beat(holding: Holding): Promise<RigSilence | undefined> {
  const { clock, requests, url, lease } = holding.terms;
  const over = holding.over.signal;
  const sentAt = clock.now();
  try {
    await requests.heartbeat(url, over);
    holding.heardAt = sentAt;
    // Only the next start after a crash reads this: with an older time there it is more careful.
    await lease.beat(sentAt).catch(() => undefined);
    // A suite tears its rig down when it ends; anybody may take it from then on.
    if (!holding.wasSeenFree && (await requests.state(url, over)) === 'idle') await noteFree(holding);
    return undefined;
  } catch (error) {
    if (over.aborted || holding.heardAt === sentAt) return undefined;
    return silenceOf(error, undefined);
  }
}

async function noteFree(holding: Holding): Promise<void> {
  holding.wasSeenFree = true;
  await holding.terms.lease.leave().catch(() => undefined);
}

function noteAnswer({ terms }: Holding, failures: number): number {
  if (failures >= FAILURES_TO_WARN) terms.follower.onLine(`rig ${nameOfRig(terms.rig)} answers again`);
  return 0;
}

function noteFailure(holding: Holding, failures: number, failure: RigSilence): number {
  const { rig, follower } = holding.terms;
  const because = wordsOf(failure);
  if (failure.hasForgotten) {
    holding.wasSeenFree = true;
    lose(holding, `rig ${nameOfRig(rig)} was started again in the middle of the suite`);
  } else if (failures === FAILURES_TO_WARN) {
    follower.onLine(`rig ${nameOfRig(rig)} ${because} (${failures} heartbeats in a row)`);
  } else if (failures >= FAILURES_TO_LOSE) {
    lose(holding, `rig ${nameOfRig(rig)} is lost: it ${because} (${failures} heartbeats in a row)`);
  }
  return failures;
}

function lose({ terms: { rig, url }, lost }: Holding, message: string): void {
  lost.abort(
    rigFailed('lab.rig-lost', message, {
      hint: 'look at power and network of that rig; the suite is tried again on another one as often as tests.retries says',
      details: { rig: rig.id, url },
    }),
  );
}

async function serialTo({ terms, over }: Holding, path: string): Promise<boolean> {
  const { rig, url, follower } = terms;
  const log = await fetchSerial({ url, path, signal: over.signal });
  if (log === undefined) return false;
  if (log.cut !== null) follower.onLine(`serial log of rig ${nameOfRig(rig)} is cut: it ${log.cut}`);
  return log.sizeBytes > 0 || log.cut === null;
}

async function release(holding: Holding, beating: Promise<void>): Promise<void> {
  const { terms, over, lost } = holding;
  over.abort();
  await beating;
  const isFree = await tearDown(holding);
  await terms.lease.remove().catch((error: unknown) => {
    const words = error instanceof Error ? error.message : String(error);
    terms.follower.onLine(`the lease of rig ${nameOfRig(terms.rig)} cannot be removed: ${words}`);
  });
  terms.onReturn({ isFree, wasLost: lost.signal.aborted });
}

/** Whether the rig is known to be free now. One that may be another's by now is left alone. */
async function tearDown(holding: Holding): Promise<boolean> {
  const { rig, url, clock, requests, lease, follower } = holding.terms;
  // Killed from here on, the next osrel must not tear down whom the rig is given to.
  await lease.leave().catch(() => undefined);
  if (!isSurelyOurs(Date.parse(holding.heardAt), Date.parse(clock.now()))) {
    follower.onLine(`rig ${nameOfRig(rig)} was not heard of for five minutes: it has freed itself`);
    return false;
  }
  try {
    if (holding.wasSeenFree) return (await requests.state(url)) === 'idle';
    await requests.teardown(url);
    return true;
  } catch (error) {
    follower.onLine(
      `rig ${nameOfRig(rig)} could not be freed: it ${wordsOf(error)}; it frees itself within five minutes`,
    );
    return false;
  }
}
