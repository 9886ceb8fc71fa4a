import type { SuiteRequest, SuiteResult, TestLab } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { createTestLabs } from './create-test-labs.ts';

const LIMITS = { testbot: null, qemu: 2, local: 1 };

/** A lab whose suites end when they are told to. */
function heldLab(labs: readonly string[]) {
  const running: string[] = [];
  const ends = new Map<string, () => void>();
  const lab: TestLab = {
    labs,
    runSuite: async ({ id }) => {
      running.push(id);
      await new Promise<void>((end) => ends.set(id, end));
      running.splice(running.indexOf(id), 1);
      return {} as SuiteResult;
    },
  };
  return { lab, running, end: (id: string) => ends.get(id)?.() };
}

const settled = () => new Promise<void>((done) => setImmediate(done));

function asking(labs: TestLab) {
  const lines: string[] = [];
  return {
    lines,
    ask: (id: string, lab: string, worker = 'local', signal = new AbortController().signal) =>
      labs.runSuite({ id, lab, worker } as SuiteRequest, {
        signal,
        onLine: (line) => void lines.push(`${id}: ${line}`),
        onProgress: () => undefined,
        keep: async () => undefined,
      }),
  };
}

describe('several labs', () => {
  it('run as many suites of a kind at once as its limit says, in order of asking', async () => {
    const held = heldLab(['command', 'qemu', 'leviathan']);
    const { ask, lines } = asking(createTestLabs([held.lab], LIMITS));
    const all = [
      ask('a', 'command'),
      ask('b', 'command'),
      ask('c', 'qemu', 'qemu'),
      ask('d', 'leviathan', 'qemu'),
      ask('e', 'qemu', 'qemu'),
      ...['t1', 't2', 't3', 't4', 't5'].map((id) => ask(id, 'leviathan', 'testbot')),
    ];
    await settled();
    expect(held.running).toEqual(['a', 'c', 'd', 't1', 't2', 't3', 't4', 't5']);
    expect(lines).toEqual([
      'b: osrel: waits; 1 at once is the limit of local (tests.limits.local)',
      'e: osrel: waits; 2 at once is the limit of qemu (tests.limits.qemu)',
    ]);
    held.end('c');
    await settled();
    expect(held.running).toEqual(['a', 'd', 't1', 't2', 't3', 't4', 't5', 'e']);
    held.end('a');
    await settled();
    expect(held.running).toContain('b');
    for (const id of [...held.running]) held.end(id);
    await Promise.all(all);
  });

  it('let a suite leave that waits, and keep nothing for it', async () => {
    const held = heldLab(['command']);
    const { ask } = asking(createTestLabs([held.lab], LIMITS));
    const stop = new AbortController();
    const first = ask('a', 'command');
    const second = ask('b', 'command', 'local', stop.signal);
    const third = ask('c', 'command');
    const reason = new Error('enough');
    stop.abort(reason);
    await expect(second).rejects.toBe(reason);
    held.end('a');
    await first;
    await settled();
    expect(held.running).toEqual(['c']);
    held.end('c');
    await third;
  });

  it('refuse a lab that none of them drives, with those that there are', async () => {
    const labs = createTestLabs([heldLab(['command']).lab, heldLab(['qemu']).lab], LIMITS);
    expect(labs.labs).toEqual(['command', 'qemu']);
    await expect(asking(labs).ask('a', 'lava')).rejects.toMatchObject({
      code: 'lab.unavailable',
      message: expect.stringContaining('it can drive: command, qemu'),
    });
  });
});
