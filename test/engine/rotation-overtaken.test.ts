import { conflict, STEP_KINDS, upstreamFailed } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { portsWith } from '../fakes/ports-with.ts';

const BEFORE = { next: '2026.7.x', current: '2026.4.x', sunset: '2026.1.x' };
const AFTER = { next: '2026.10.x', current: '2026.7.x', sunset: '2026.4.x' };

/** Rotates on tags that somebody else, or the network, meddles with at the given write. */
async function rotate(meddle: (write: number, tags: Map<string, string | null>) => void) {
  const tags = new Map<string, string | null>(
    Object.entries(BEFORE).map(([tag, line]) => [`esr-${tag}`, line]),
  );
  let writes = 0;
  const ports = portsWith({
    hostappApplications: {
      find: async (slug) => ({
        slug,
        isHost: true,
        isPublic: true,
        deviceType: null,
        tags: Object.fromEntries([...tags].filter((entry): entry is [string, string] => entry[1] !== null)),
      }),
      writeTag: async (_slug, { key, value, expected }) => {
        writes += 1;
        meddle(writes, tags);
        if ((tags.get(key) ?? null) !== expected) throw conflict('application.tag-moved', `${key} moved`);
        tags.set(key, value);
      },
    },
  });
  const changes = (['sunset', 'current', 'next'] as const).map((tag) => ({
    tag,
    from: BEFORE[tag],
    to: AFTER[tag],
  }));
  const run = STEP_KINDS.get('rotate-esr-tags')?.run(
    { application: 'balena_os/x-esr', before: BEFORE, after: AFTER, changes },
    {
      ports,
      planId: 'plan',
      signal: new AbortController().signal,
      endNow: new AbortController().signal,
      log: () => undefined,
      logLines: () => undefined,
      keepLog: async () => undefined,
      keepFile: async () => undefined,
      keepText: async () => undefined,
      progress: () => undefined,
    },
  );
  const failure = await Promise.resolve(run).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { failure, tags: Object.fromEntries(tags) };
}

describe('a rotation of ESR tags', () => {
  it('writes all three where nobody meddles', async () => {
    const { failure, tags } = await rotate(() => undefined);
    expect(failure).toBeUndefined();
    expect(tags).toEqual({
      'esr-next': AFTER.next,
      'esr-current': AFTER.current,
      'esr-sunset': AFTER.sunset,
    });
  });

  it('takes its own writes back when somebody else overtakes it half-way', async () => {
    const { failure, tags } = await rotate((write, all) => {
      if (write === 3) all.set('esr-next', '2027.1.x');
    });
    expect(failure).toMatchObject({ kind: 'conflict' });
    expect(tags).toEqual({
      'esr-next': '2027.1.x',
      'esr-current': BEFORE.current,
      'esr-sunset': BEFORE.sunset,
    });
  });

  it('keeps what it wrote when only the network failed: the next attempt completes it', async () => {
    const { failure, tags } = await rotate((write) => {
      if (write === 3) throw upstreamFailed('balena.unavailable', 'gone', { retryable: true });
    });
    expect(failure).toMatchObject({ kind: 'upstream' });
    expect(tags).toEqual({
      'esr-next': BEFORE.next,
      'esr-current': AFTER.current,
      'esr-sunset': AFTER.sunset,
    });
  });
});
