import type { RigLimits } from '@osrel/core';

/** What the choice needs to know of a rig. */
export interface EligibleRig {
  /** Its address: the same rig may be found in several places. */
  readonly url: string;
  readonly id: string;
  /** Said to be free, and not ours. */
  readonly isIdle: boolean;
  /** How often it was lost in this run. */
  readonly losses: number;
}

/** What the choice needs to know of a wish. */
export interface EligibleWish {
  readonly kind: 'testbot' | 'qemu';
  /** Ids of rigs that are taken only when there is no other at all. */
  readonly avoid: readonly string[];
  /** Rigs with the right tag; empty while they are not known. */
  readonly rigs: readonly EligibleRig[];
  /** A rig is being asked for it. */
  readonly isAsking: boolean;
}

export interface RigChoice<Wish> {
  readonly wish: Wish;
  readonly url: string;
}

/** A rig that was lost so often in one run is left alone for the rest of it. */
export const LOSSES_TO_QUARANTINE = 2;

/** The rigs that a wish may get: not those in quarantine, and those it avoids only when nothing else is left. */
export function listFitting<Found extends EligibleRig>(
  rigs: readonly Found[],
  avoid: readonly string[],
): readonly Found[] {
  const usable = rigs.filter(({ losses }) => losses < LOSSES_TO_QUARANTINE);
  const others = usable.filter(({ id }) => !avoid.includes(id));
  return others.length > 0 ? others : usable;
}

/**
 * Which wish asks which rig now; `wishes` in order of asking. A wish never overtakes an earlier one that could use the
 * same rig: as long as that one's question is not answered, the rigs that fit it are kept for it. Wishes at the limit of
 * their kind hold up nobody. `held`: rigs that this run has, by kind.
 */
export function chooseRigs<Wish extends EligibleWish>(
  wishes: readonly Wish[],
  {
    limits,
    held,
  }: { readonly limits: RigLimits; readonly held: Readonly<Record<'testbot' | 'qemu', number>> },
): readonly RigChoice<Wish>[] {
  const taken = { ...held };
  for (const { kind } of wishes.filter(({ isAsking }) => isAsking)) taken[kind] += 1;
  const kept = new Set<string>();
  const choices: RigChoice<Wish>[] = [];
  for (const wish of wishes) {
    const limit = limits[wish.kind];
    if (!wish.isAsking && limit !== null && taken[wish.kind] >= limit) continue;
    const fitting = listFitting(wish.rigs, wish.avoid);
    const best = wish.isAsking ? undefined : findBest(fitting.filter(({ url }) => !kept.has(url)));
    if (best !== undefined) {
      choices.push({ wish, url: best.url });
      taken[wish.kind] += 1;
    }
    for (const { url } of fitting) kept.add(url);
  }
  return choices;
}

/** A free rig that was lost least often; the first of them. */
function findBest(rigs: readonly EligibleRig[]): EligibleRig | undefined {
  return rigs.filter(({ isIdle }) => isIdle).toSorted((a, b) => a.losses - b.losses)[0];
}
