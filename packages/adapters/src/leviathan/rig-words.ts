import { type OsrelError, refused, rigFailed } from '@osrel/core';
import type { RigWish } from './leviathan-parts.ts';
import { LOSSES_TO_QUARANTINE } from './rig-choice.ts';
import { nameOfRig } from './rig-name.ts';
import type { PoolRig } from './rig-register.ts';

/** What a wish waits for, as people are told. */
export interface WaitingFacts {
  readonly wish: RigWish;
  /** Null while no listing has come. */
  readonly rigs: readonly PoolRig[] | null;
  /** Fleets that were not found. */
  readonly missing: readonly string[];
  /** Why the latest listing did not come; null when it did. */
  readonly failure: OsrelError | null;
  /** Wishes of this run that were there before and could use the same rigs. */
  readonly ahead: number;
  /** Set while the kind of rig is at its limit in this run. */
  readonly limit: number | null;
}

const MOST_NAMES = 8;

/** Value that the tag `DUT` of a rig must have (leviathan 3.4): locked devices under test have rigs of their own. */
export function tagOf({ slug, secureBoot }: Pick<RigWish, 'slug' | 'secureBoot'>): string {
  return secureBoot && !slug.endsWith('-sb') ? `${slug}-sb` : slug;
}

/** One line for who watches. */
export function describeWaiting(facts: WaitingFacts): string {
  const { wish, rigs, failure, ahead, limit } = facts;
  const parts = [
    ...(rigs === null ? [] : [describeRigs(rigs, wish.avoid)]),
    ...(failure === null ? [] : [`rigs cannot be listed at the moment: ${failure.message}`]),
    ...(limit === null ? [] : [`${limit} at once is the limit of ${wish.kind} (tests.limits.${wish.kind})`]),
    ...(ahead === 0 ? [] : [`${ahead} ${ahead === 1 ? 'suite asks' : 'suites ask'} before it`]),
  ];
  return `waiting for a rig that tests ${tagOf(wish)}: ${parts.join('; ')}`;
}

/** A fleet that was asked for and is not there. */
export function describeMissing(missing: readonly string[]): string {
  const names = missing.map((slug) => `"${slug}"`).join(', ');
  return `no rigs are looked for in ${names}: no such fleet, or not shown to this API key`;
}

/** Refused `lab.no-such-rig`: waiting is of no use. */
export function noSuchRig({ wish, missing }: Pick<WaitingFacts, 'wish' | 'missing'>): OsrelError {
  const { fleets, account } = wish;
  const tag = tagOf(wish);
  const where = wish.addresses === null ? `fleets ${fleets.join(', ')}` : 'tests.leviathan.rigs';
  const gone = missing.length === 0 ? '' : `; ${describeMissing(missing)}`;
  const message =
    wish.addresses === null
      ? `no device of ${fleets.length === 0 ? 'any fleet' : where} has the tag DUT=${tag}${gone}`
      : `there is no rig for ${tag}: no address is given`;
  return refused('lab.no-such-rig', message, {
    hint: `set the tag "DUT" of a rig to "${tag}", name other fleets in tests.leviathan.fleets, or give addresses in tests.leviathan.rigs; the account is that of ${account.keyVariable}`,
    details: { tag, fleets, missing },
  });
}

/** Rig `lab.no-free-rig`: the wait was too short, or every rig is in quarantine. */
export function noFreeRig(facts: WaitingFacts, why: 'waited' | 'quarantined'): OsrelError {
  const { wish, rigs, missing, failure, limit } = facts;
  const list = rigs ?? [];
  const more = [
    ...(limit === null ? [] : [`${limit} at once is the limit of ${wish.kind}`]),
    ...(missing.length === 0 ? [] : [describeMissing(missing)]),
    ...(failure === null ? [] : [`at last they could not be listed: ${failure.message}`]),
  ];
  const when = why === 'waited' ? `was free within ${describeSpan(wish.waitMs)}` : 'is left in this run';
  const message = [`no rig for ${tagOf(wish)} ${when}: ${describeRigs(list, wish.avoid)}`, ...more].join(
    '; ',
  );
  return rigFailed('lab.no-free-rig', message, {
    hint:
      why === 'waited'
        ? 'see who uses them, wait longer (tests.leviathan.wait-minutes), or tag another rig'
        : 'look at power and network of these rigs, then run the command again',
    details: {
      tag: tagOf(wish),
      rigs: list.map((each) => ({ id: each.rig.id, url: each.url, state: groupOf(each, []) })),
    },
  });
}

function describeRigs(rigs: readonly PoolRig[], avoid: readonly string[]): string {
  const groups = new Map<string, PoolRig[]>();
  for (const rig of rigs) {
    const group = groupOf(rig, avoid);
    groups.set(group, [...(groups.get(group) ?? []), rig]);
  }
  const parts = [...groups].map(([group, members]) => `${members.length} ${group} (${namesOf(members)})`);
  return `${rigs.length} ${rigs.length === 1 ? 'rig' : 'rigs'}: ${parts.join(', ')}`;
}

function groupOf({ rig, status, isOurs, losses }: PoolRig, avoid: readonly string[]): string {
  if (losses >= LOSSES_TO_QUARANTINE) return 'quarantined';
  if (isOurs) return 'used by this run';
  if (avoid.includes(rig.id)) return 'left out, having failed before';
  switch (status.kind) {
    case 'idle':
      return 'free';
    case 'closed':
      return 'without public address';
    case 'silent':
      return 'not answering';
    case 'unknown':
      return 'not looked at yet';
    default:
      return status.kind;
  }
}

function namesOf(rigs: readonly PoolRig[]): string {
  const names = rigs.slice(0, MOST_NAMES).map(({ rig, status }) => {
    const why = status.kind === 'silent' ? ` ${status.because}` : '';
    return `${nameOfRig(rig)}${why}`;
  });
  return [...names, ...(rigs.length > MOST_NAMES ? ['...'] : [])].join(', ');
}

function describeSpan(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
}
