import { describe, expect, it } from 'vitest';
import { type CutPoint, untilCrash, withCrashPoints } from './crashing-ports.ts';

function openStore() {
  const written: string[] = [];
  return {
    written,
    store: { write: async (text: string) => written.push(text) },
    clock: { now: () => 'now' },
  };
}

/** Writes a, b, c in order over ports that are cut. */
async function writeAll(cut: CutPoint | null) {
  const { written, ...ports } = openStore();
  const crashing = withCrashPoints(ports, cut);
  const work = async () => {
    for (const text of ['a', 'b', 'c']) await crashing.ports.store.write(text);
    return 'finished';
  };
  const end = await untilCrash(
    work().catch((error: unknown) => error),
    crashing,
  );
  return { end, written, operations: crashing.operations };
}

describe('withCrashPoints', () => {
  it('only counts without a cut', async () => {
    const { end, written, operations } = await writeAll(null);

    expect({ end, written }).toEqual({ end: 'finished', written: ['a', 'b', 'c'] });
    expect(operations).toEqual(['store.write', 'store.write', 'store.write']);
  });

  it.each([
    ['crash-before', ['a'], undefined],
    ['crash-after', ['a', 'b'], undefined],
    ['fail-before', ['a'], { code: 'crash.connection-lost', retryable: true }],
    ['fail-after', ['a', 'b'], { code: 'crash.connection-lost', retryable: true }],
  ] as const)('cuts with %s at the second operation', async (kind, written, end) => {
    const cut = await writeAll({ at: 2, kind });

    expect(cut.written).toEqual(written);
    if (end === undefined) expect(cut.end).toBe(undefined);
    else expect(cut.end).toMatchObject(end);
  });

  it('lets a dead process do nothing more', async () => {
    const { written, ...ports } = openStore();
    const crashing = withCrashPoints(ports, { at: 1, kind: 'crash-before' });
    void crashing.ports.store.write('a');
    void crashing.ports.store.write('b');

    await crashing.crashed;

    expect(written).toEqual([]);
  });

  it('waits until what was under way has come to rest, but gives no reply', async () => {
    let replied = false;
    let finishSlow = (): void => undefined;
    const slow = new Promise<void>((resolve) => {
      finishSlow = resolve;
    });
    const crashing = withCrashPoints(
      { store: { slow: () => slow, quick: async () => 1 } },
      { at: 2, kind: 'crash-after' },
    );
    void crashing.ports.store.slow().then(() => {
      replied = true;
    });
    void crashing.ports.store.quick();
    const order: string[] = [];
    const rest = crashing.crashed.then(() => order.push('crashed'));
    await new Promise((resolve) => setImmediate(resolve));
    order.push('slow');
    finishSlow();
    await rest;

    expect(order).toEqual(['slow', 'crashed']);
    expect(replied).toBe(false);
  });

  it('does not count what touches nothing', () => {
    const crashing = withCrashPoints(openStore(), { at: 1, kind: 'crash-before' });

    expect(crashing.ports.clock.now()).toBe('now');
    expect(crashing.operations).toEqual([]);
  });
});
