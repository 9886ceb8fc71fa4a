import type { Rig } from '@osrel/core';
import type { FleetRig } from './list-fleet-rigs.ts';
import { normalizeRigUrl } from './rig-requests.ts';

/** What is known of a rig that is not ours. `closed`: its public address is switched off. */
export type RigStatus =
  | { readonly kind: 'unknown' | 'idle' | 'busy' | 'offline' | 'closed' }
  | { readonly kind: 'silent'; readonly because: string };

/** A rig as the pool sees it, one a rig however often it is found. */
export interface PoolRig {
  readonly rig: Rig;
  readonly url: string;
  readonly status: RigStatus;
  /** Asked for or held by this run. */
  readonly isOurs: boolean;
  /** How often it was lost in this run. */
  readonly losses: number;
}

/** Everything the pool knows of rigs. */
export interface RigRegister {
  readonly find: (url: string) => PoolRig | undefined;
  /** Takes over what a listing says; answers the addresses in its order, each once. */
  readonly note: (found: readonly FleetRig[]) => readonly string[];
  /** A look at a rig's state: call it, look, then call what it answered. A look that was overtaken changes nothing. */
  readonly beginLook: (url: string) => ((status: RigStatus) => void) | undefined;
  readonly take: (url: string) => void;
  readonly giveBack: (
    url: string,
    how: { readonly status: RigStatus; readonly wasLost: boolean },
  ) => PoolRig | undefined;
  /** Forgets the rigs that are not ours and not among these; how often they were lost stays known. */
  readonly keepOnly: (urls: ReadonlySet<string>) => void;
}

interface Entry {
  rig: Rig;
  status: RigStatus;
  isOurs: boolean;
  isLookedAt: boolean;
  /** Grows when the rig changes hands: what was seen before that is old. */
  turn: number;
}

export function createRigRegister(): RigRegister {
  const entries = new Map<string, Entry>();
  const losses = new Map<string, number>();
  const show = (url: string): PoolRig | undefined => {
    const entry = entries.get(url);
    if (entry === undefined) return undefined;
    const { rig, status, isOurs } = entry;
    return { rig, url, status, isOurs, losses: losses.get(rig.id) ?? 0 };
  };
  return {
    find: show,
    note: (found) => {
      const urls = found.map((each) => noteOne(entries, each));
      return [...new Set(urls)];
    },
    beginLook: (url) => {
      const entry = entries.get(url);
      if (entry === undefined || entry.isOurs || entry.isLookedAt || isOutOfReach(entry.status))
        return undefined;
      const { turn } = entry;
      entry.isLookedAt = true;
      return (status) => {
        entry.isLookedAt = false;
        if (entry.turn === turn && !isOutOfReach(entry.status)) entry.status = status;
      };
    },
    take: (url) => {
      const entry = entries.get(url);
      if (entry === undefined) return;
      entry.isOurs = true;
      entry.turn += 1;
      entry.status = { kind: 'unknown' };
    },
    giveBack: (url, { status, wasLost }) => {
      const entry = entries.get(url);
      if (entry === undefined) return undefined;
      entry.isOurs = false;
      entry.turn += 1;
      entry.status = status;
      if (wasLost) losses.set(entry.rig.id, (losses.get(entry.rig.id) ?? 0) + 1);
      return show(url);
    },
    keepOnly: (urls) => {
      for (const [url, entry] of entries) if (!entry.isOurs && !urls.has(url)) entries.delete(url);
    },
  };
}

function isOutOfReach({ kind }: RigStatus): boolean {
  return kind === 'offline' || kind === 'closed';
}

function noteOne(
  entries: Map<string, Entry>,
  { rig, url: address, isOnline, isWebAccessible }: FleetRig,
): string {
  const url = normalizeRigUrl(address);
  const entry = entries.get(url) ?? {
    rig,
    status: { kind: 'unknown' },
    isOurs: false,
    isLookedAt: false,
    turn: 0,
  };
  entries.set(url, entry);
  // Ours shows by its heartbeats whether it is there.
  if (entry.isOurs) return url;
  if (!isOnline) entry.status = { kind: 'offline' };
  else if (!isWebAccessible) entry.status = { kind: 'closed' };
  else if (isOutOfReach(entry.status)) entry.status = { kind: 'unknown' };
  return url;
}
