import { describe, expect, it } from 'vitest';
import { chooseRigs, type EligibleRig, type EligibleWish, listFitting } from './rig-choice.ts';

const NO_LIMITS = { testbot: null, qemu: null, local: null };
const NONE_HELD = { testbot: 0, qemu: 0 };

const rig = (url: string, change: Partial<EligibleRig> = {}): EligibleRig => ({
  url,
  id: url,
  isIdle: true,
  losses: 0,
  ...change,
});

interface NamedWish extends EligibleWish {
  readonly name: string;
}

const wish = (name: string, change: Partial<EligibleWish> = {}): NamedWish => ({
  name,
  kind: 'testbot',
  avoid: [],
  rigs: [],
  isAsking: false,
  ...change,
});

function choose(wishes: readonly NamedWish[], change: Partial<Parameters<typeof chooseRigs>[1]> = {}) {
  const choices = chooseRigs(wishes, { limits: NO_LIMITS, held: NONE_HELD, ...change });
  return choices.map(({ wish: { name }, url }) => `${name}: ${url}`);
}

describe('chooseRigs', () => {
  it('asks the first free rig for the first wish', () => {
    const rigs = [rig('a', { isIdle: false }), rig('b'), rig('c')];
    expect(choose([wish('first', { rigs })])).toEqual(['first: b']);
  });

  it('prefers a rig that was not lost before', () => {
    expect(choose([wish('first', { rigs: [rig('a', { losses: 1 }), rig('b')] })])).toEqual(['first: b']);
  });

  it('keeps rigs for an earlier wish that could use them, until its question is answered', () => {
    const rigs = [rig('a', { isIdle: false }), rig('b')];
    const asking = wish('first', { rigs, isAsking: true });
    expect(choose([asking, wish('second', { rigs })])).toEqual([]);
    expect(choose([asking, wish('second', { rigs: [rig('c')] })])).toEqual(['second: c']);
  });

  it('lets a later wish have a rig that fits no earlier one', () => {
    const first = wish('first', { rigs: [rig('a', { isIdle: false })] });
    const second = wish('second', { rigs: [rig('a', { isIdle: false }), rig('b')] });
    expect(choose([first, second])).toEqual(['second: b']);
  });

  it('asks no rig twice', () => {
    expect(choose([wish('first', { rigs: [rig('a')] }), wish('second', { rigs: [rig('a')] })])).toEqual([
      'first: a',
    ]);
  });

  it('counts those that ask against the limit of their kind, and holds up nobody else', () => {
    const limits = { ...NO_LIMITS, qemu: 2 };
    const held = { testbot: 0, qemu: 1 };
    const qemu = (name: string, url: string, isAsking = false) =>
      wish(name, { kind: 'qemu', rigs: [rig(url)], isAsking });
    expect(choose([qemu('first', 'a'), qemu('second', 'b')], { limits, held })).toEqual(['first: a']);
    expect(
      choose([qemu('first', 'a', true), qemu('second', 'b'), wish('third', { rigs: [rig('b')] })], {
        limits,
        held,
      }),
    ).toEqual(['third: b']);
  });
});

describe('listFitting', () => {
  const [a, b, lost] = [rig('a'), rig('b', { isIdle: false }), rig('c', { losses: 2 })];

  it.each([
    ['what it does not avoid, free or not', ['a'], [a, b], ['b']],
    ['what it avoids when there is no other', ['a'], [a], ['a']],
    ['what it avoids when all others are in quarantine', ['a'], [a, lost], ['a']],
    ['nothing in quarantine', [], [lost], []],
  ])('names %s', (_, avoid, rigs, expected) => {
    expect(listFitting(rigs, avoid).map(({ url }) => url)).toEqual(expected);
  });
});

describe('many suites on few rigs', () => {
  /** Numbers from 0 to 1 that look random and are the same each time. */
  function numbers(seed: number): () => number {
    let state = seed;
    return () => {
      state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
      return state / 4_294_967_296;
    };
  }

  it.each(Array.from({ length: 40 }, (_, seed) => seed))(
    'keeps its promises, whatever happens (%i)',
    (seed) => {
      const next = numbers(seed);
      const urls = ['a', 'b', 'c', 'd'];
      const owner = new Map<string, string>();
      const foreign = new Set<string>();
      let waiting = Array.from({ length: 12 }, (_, index) => ({
        name: String(index),
        fits: urls.filter(() => next() < 0.7),
        asks: null as string | null,
      })).filter(({ fits }) => fits.length > 0);

      for (let step = 0; waiting.length > 0; step += 1) {
        expect(step).toBeLessThan(500);
        const isFree = (url: string) => !owner.has(url) && !foreign.has(url);
        const wishes = waiting.map(({ name, fits, asks }) =>
          wish(name, { rigs: fits.map((url) => rig(url, { isIdle: isFree(url) })), isAsking: asks !== null }),
        );
        for (const choice of chooseRigs(wishes, { limits: NO_LIMITS, held: NONE_HELD })) {
          const chosen = waiting.find(({ name }) => name === choice.wish.name);
          expect(isFree(choice.url)).toBe(true);
          const earlier = chosen === undefined ? [] : waiting.slice(0, waiting.indexOf(chosen));
          // Whoever was there before and could use it asks already, for another rig that is not kept from it.
          expect(earlier.filter(({ fits, asks }) => fits.includes(choice.url) && asks === null)).toEqual([]);
          owner.set(choice.url, choice.wish.name);
          if (chosen !== undefined) chosen.asks = choice.url;
        }
        const asking = waiting.filter(({ asks }) => asks !== null);
        const idle = urls.filter(isFree);
        if (asking.length === 0)
          expect(waiting.some(({ fits }) => fits.some((url) => idle.includes(url)))).toBe(false);
        const [answered] = asking.toSorted(() => next() - 0.5);
        if (answered !== undefined && next() < 0.7) {
          if (next() < 0.8) waiting = waiting.filter((each) => each !== answered);
          else {
            // Another client was quicker.
            owner.delete(answered.asks ?? '');
            foreign.add(answered.asks ?? '');
            answered.asks = null;
          }
        } else if (next() < 0.5) foreign.delete([...foreign][0] ?? '');
        else {
          const busy = [...owner].find(([url]) => !waiting.some(({ asks }) => asks === url));
          if (busy !== undefined) owner.delete(busy[0]);
        }
      }
    },
  );
});
