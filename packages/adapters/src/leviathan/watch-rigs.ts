import type { Clock, OsrelError } from '@osrel/core';
import { askedDelayMs, isPassing } from '../with-retries.ts';
import type { FleetRigs } from './list-fleet-rigs.ts';
import type { PoolRig, RigRegister } from './rig-register.ts';
import type { RigRequests } from './rig-requests.ts';
import { RigSilence } from './rig-silence.ts';

/** Rigs that some wishes may get, looked at again and again while somebody waits. */
export interface RigWatch {
  /** In the order they are found; null while no listing has come. */
  readonly rigs: () => readonly PoolRig[] | null;
  /** Fleets that were not found. */
  readonly missing: () => readonly string[];
  /** Why the latest listing did not come; null when it did. */
  readonly failure: () => OsrelError | null;
  /** What ended the watching: waiting cannot mend it; null as long as it goes on. */
  readonly broken: () => { readonly error: unknown } | null;
  /** Whether every rig was looked at once, or the first listing failed. */
  readonly hasLooked: () => boolean;
  readonly stop: () => void;
}

export interface WatchTerms {
  readonly list: (signal: AbortSignal) => Promise<FleetRigs>;
  readonly register: RigRegister;
  readonly requests: Pick<RigRequests, 'state'>;
  readonly clock: Clock;
  /** Milliseconds between the first rounds, more or less; up to three times that later. */
  readonly pollMs: number;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Something is known that was not known before. */
  readonly onChange: () => void;
}

/** Who has waited for long looks less often: the API is everybody's. */
const STRETCH = 1.1;
const LONGEST_STRETCH = 3;

interface Seen {
  urls: readonly string[] | null;
  missing: readonly string[];
  failure: OsrelError | null;
  broken: { readonly error: unknown } | null;
  hasLooked: boolean;
}

/** Begins at once; goes on until it is stopped or broken. */
export function watchRigs(terms: WatchTerms): RigWatch {
  const stop = new AbortController();
  const seen: Seen = { urls: null, missing: [], failure: null, broken: null, hasLooked: false };
  void followRigs(terms, seen, stop.signal);
  return {
    rigs: () => {
      const found = seen.urls?.map((url) => terms.register.find(url));
      return found?.filter((rig) => rig !== undefined) ?? null;
    },
    missing: () => seen.missing,
    failure: () => seen.failure,
    broken: () => seen.broken,
    hasLooked: () => seen.hasLooked,
    stop: () => stop.abort(),
  };
}

async function followRigs(terms: WatchTerms, seen: Seen, signal: AbortSignal): Promise<void> {
  const { register, clock, pollMs, random, onChange } = terms;
  for (let round = 0; !signal.aborted; round += 1) {
    // Several osrels must not look in step.
    let pauseMs = pollMs * Math.min(LONGEST_STRETCH, STRETCH ** round) * (0.75 + random() / 2);
    try {
      const { rigs, missing } = await terms.list(signal);
      if (signal.aborted) return;
      Object.assign(seen, { urls: register.note(rigs), missing, failure: null });
    } catch (error) {
      if (signal.aborted) return;
      if (!isPassing(error)) {
        seen.broken = { error };
        return onChange();
      }
      seen.failure = error;
      pauseMs = Math.max(pauseMs, askedDelayMs(error) ?? 0);
    }
    const looks = (seen.urls ?? []).map((url) => look(terms, url, signal));
    // One slow rig must not hold up the others.
    void Promise.all(looks).then(() => {
      if (signal.aborted || seen.hasLooked) return;
      seen.hasLooked = true;
      onChange();
    });
    onChange();
    await clock.sleep(pauseMs, signal).catch(() => undefined);
  }
}

/** Looks whether a rig is free, without taking it. */
async function look(
  { register, requests, onChange }: WatchTerms,
  url: string,
  signal: AbortSignal,
): Promise<void> {
  const note = register.beginLook(url);
  if (note === undefined) return;
  try {
    note({ kind: await requests.state(url, signal) });
  } catch (error) {
    const because = error instanceof RigSilence ? error.message : 'was not looked at to the end';
    note({ kind: 'silent', because });
  }
  if (!signal.aborted) onChange();
}
