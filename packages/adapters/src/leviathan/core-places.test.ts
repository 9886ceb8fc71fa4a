import { describe, expect, it } from 'vitest';
import { createCorePlaces } from './core-places.ts';
import { handClock, leviathanAccount, leviathanConfig, notedFollower, suiteRequest } from './test-inputs.ts';

const wish = { request: suiteRequest(), account: leviathanAccount() };

function placesOf(...cores: readonly string[]) {
  const clock = handClock();
  const places = createCorePlaces({
    config: leviathanConfig({ cores }),
    clock,
    compose: () => {
      throw new Error('not asked for');
    },
  });
  return { places, clock };
}

describe('configured cores', () => {
  it('are lent to one suite each, then to the next in order of asking', async () => {
    const { places } = placesOf('http://10.0.0.1:2000/', 'http://10.0.0.2:2000');
    const first = await places.borrow(wish, notedFollower());
    const second = await places.borrow(wish, notedFollower());
    expect([first.coreUrl, second.coreUrl]).toEqual(['http://10.0.0.1:2000', 'http://10.0.0.2:2000']);
    expect(first).toMatchObject({ rigAddresses: null, project: null });
    expect(first.rigUrlForCore('http://10.0.0.9')).toBe('http://10.0.0.9');
    const served: string[] = [];
    const waiting = ['third', 'fourth'].map(async (name) => {
      const follower = notedFollower();
      const place = await places.borrow(wish, follower);
      served.push(`${name} ${place.coreUrl}`);
      expect(follower.lines.join()).toContain('all 2 are in use');
    });
    await second.leave('clean');
    await second.leave('clean');
    await first.leave('clean');
    await Promise.all(waiting);
    expect(served).toEqual(['third http://10.0.0.2:2000', 'fourth http://10.0.0.1:2000']);
  });

  it('are never lent again once a suite may still run on them', async () => {
    const { places } = placesOf('http://10.0.0.1:2000');
    const only = await places.borrow(wish, notedFollower());
    const waiting = places.borrow(wish, notedFollower());
    await only.leave('spoiled');
    await only.leave('clean');
    const noCore = { kind: 'rig', code: 'lab.no-core', message: expect.stringContaining('10.0.0.1') };
    await expect(waiting).rejects.toMatchObject(noCore);
    await expect(places.borrow(wish, notedFollower())).rejects.toMatchObject(noCore);
  });

  it('are waited for no longer than configured, and not by those who have gone', async () => {
    const { places, clock } = placesOf('http://10.0.0.1:2000');
    const only = await places.borrow(wish, notedFollower());
    const stop = new AbortController();
    const gone = places.borrow(wish, notedFollower(stop.signal));
    const late = places.borrow(wish, notedFollower());
    stop.abort(new Error('enough'));
    await expect(gone).rejects.toThrow('enough');
    clock.advance(120 * 60_000);
    await expect(late).rejects.toMatchObject({ kind: 'rig', code: 'lab.no-core', retryable: true });
    await only.leave('clean');
    expect((await places.borrow(wish, notedFollower())).coreUrl).toBe('http://10.0.0.1:2000');
  });

  it('say what they need for secure boot', async () => {
    const { places } = placesOf('http://10.0.0.1:2000');
    const follower = notedFollower();
    await places.borrow({ ...wish, request: suiteRequest({ secureBoot: true }) }, follower);
    expect(follower.lines.join()).toContain('FLASHER_SECUREBOOT=1');
  });
});
