import { describe, expect, it } from 'vitest';
import type { RigWish } from './leviathan-parts.ts';
import type { PoolRig } from './rig-register.ts';
import { describeWaiting, noFreeRig, noSuchRig, tagOf, type WaitingFacts } from './rig-words.ts';

const WISH: RigWish = {
  slug: 'raspberrypi4-64',
  secureBoot: false,
  kind: 'testbot',
  addresses: null,
  fleets: ['balena/testbot-rig'],
  account: { apiHost: 'x.test', api: 'https://api.x.test', readKey: () => undefined, keyVariable: 'KEY' },
  avoid: [],
  waitMs: 60_000,
  purpose: 'os on raspberrypi4-64',
  core: { url: 'http://127.0.0.1:2000', project: null },
};

const rig = (id: string, change: Partial<PoolRig> = {}): PoolRig => ({
  rig: { id, kind: 'testbot', name: null },
  url: `http://${id}`,
  status: { kind: 'busy' },
  isOurs: false,
  losses: 0,
  ...change,
});

const facts = (change: Partial<WaitingFacts> = {}): WaitingFacts => ({
  wish: WISH,
  rigs: [],
  missing: [],
  failure: null,
  ahead: 0,
  limit: null,
  ...change,
});

describe('tagOf', () => {
  it.each([
    ['raspberrypi4-64', false, 'raspberrypi4-64'],
    ['raspberrypi4-64', true, 'raspberrypi4-64-sb'],
    ['raspberrypi4-64-sb', true, 'raspberrypi4-64-sb'],
  ])('makes of %s, secure boot %s: %s', (slug, secureBoot, tag) => {
    expect(tagOf({ slug, secureBoot })).toBe(tag);
  });
});

describe('what who waits is told', () => {
  it('groups rigs by what keeps them', () => {
    const rigs = [
      rig('a', { isOurs: true }),
      rig('b'),
      rig('c'),
      rig('d', { status: { kind: 'offline' } }),
      rig('e', { status: { kind: 'silent', because: 'answers /state with 502: a web page' } }),
      rig('f', { status: { kind: 'closed' } }),
      rig('g', { losses: 2 }),
    ];
    expect(describeWaiting(facts({ rigs, ahead: 2 }))).toBe(
      'waiting for a rig that tests raspberrypi4-64: 7 rigs: 1 used by this run (a), 2 busy (b, c), 1 offline (d), 1 not answering (e answers /state with 502: a web page), 1 without public address (f), 1 quarantined (g); 2 suites ask before it',
    );
  });

  it('does not name a hundred rigs', () => {
    const rigs = Array.from({ length: 100 }, (_, index) => rig(`r${index}`));
    expect(describeWaiting(facts({ rigs }))).toContain('100 busy (r0, r1, r2, r3, r4, r5, r6, r7, ...)');
  });

  it('shows a device by its name and the beginning of its uuid', () => {
    const named = rig('0123456789abcdef0123456789abcdef', {
      rig: { id: '0123456789abcdef0123456789abcdef', kind: 'testbot', name: 'shelf 3' },
    });
    expect(describeWaiting(facts({ rigs: [named] }))).toContain('1 rig: 1 busy (shelf 3 (0123456))');
  });
});

describe('refusals', () => {
  it('names addresses or fleets, whichever were looked at', () => {
    expect(noSuchRig(facts()).message).toBe(
      'no device of fleets balena/testbot-rig has the tag DUT=raspberrypi4-64',
    );
    expect(noSuchRig(facts({ wish: { ...WISH, fleets: [] } })).message).toContain('no device of any fleet');
    expect(noSuchRig(facts({ wish: { ...WISH, addresses: [] } })).message).toContain('no address is given');
  });

  it('gives each rig with its state as data', () => {
    const error = noFreeRig(facts({ rigs: [rig('a'), rig('b', { status: { kind: 'offline' } })] }), 'waited');
    expect(error.message).toBe(
      'no rig for raspberrypi4-64 was free within 60 s: 2 rigs: 1 busy (a), 1 offline (b)',
    );
    expect(error.details.rigs).toEqual([
      { id: 'a', url: 'http://a', state: 'busy' },
      { id: 'b', url: 'http://b', state: 'offline' },
    ]);
  });
});
