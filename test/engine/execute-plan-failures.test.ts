import { cancelled, refused, rigFailed, toolFailed, upstreamFailed } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { executeToy, gate, openToyRun, settle, toyKind, toyStep } from './run-toy.ts';

const RETRY = { attempts: 3, firstDelayMs: 1_000, factor: 2, maxDelayMs: 60_000 };
const lost = () => upstreamFailed('toy.lost', 'the reply was lost', { retryable: true });

describe('a failing step', () => {
  it('blocks what needs it, directly or not, naming it; independent steps go on', async () => {
    const kind = toyKind({
      run: async (input) => {
        if (JSON.stringify(input).includes('"a"')) throw toolFailed('build.failed', 'bitbake exited with 1');
        return {};
      },
    });
    const steps = [
      toyStep('a'),
      toyStep('b', { needs: ['a'] }),
      toyStep('c', { needs: ['b'] }),
      toyStep('x'),
      toyStep('y', { needs: ['x'] }),
    ];
    const run = openToyRun(steps, [kind]);

    const { report, outcomes } = await executeToy(run);

    expect(outcomes).toEqual({ a: 'failed', b: 'blocked', c: 'blocked', x: 'done', y: 'done' });
    expect(report).toMatchObject({ outcome: 'failed', error: { code: 'build.failed', exitCode: 1 } });
    expect(report.steps.find(({ id }) => id === 'c')?.because).toBe('it needs a, which failed');
    expect(run.journalled()).toEqual(expect.arrayContaining(['step-failed a', 'step-left b', 'step-left c']));
    expect(run.told().at(-1)).toBe('run-finished');
  });

  it('is started again by the next execution', async () => {
    const first = openToyRun(
      [toyStep('a')],
      [toyKind({ run: async () => Promise.reject(rigFailed('lab.down', 'no worker')) })],
    );
    await executeToy(first);

    const { outcomes } = await executeToy(
      openToyRun([toyStep('a')], [toyKind()], { journal: first.journal }),
    );

    expect(outcomes).toEqual({ a: 'done' });
  });

  it.each([
    ['a plain Error', new Error('undefined is not a function'), 'undefined is not a function'],
    ['something that is no error', 'text', 'thrown: text'],
  ])('that throws %s is a defect', async (_, thrown, message) => {
    const run = openToyRun([toyStep('a')], [toyKind({ run: async () => Promise.reject(thrown) })]);

    const { report } = await executeToy(run);

    expect(report.steps[0]).toMatchObject({
      outcome: 'failed',
      error: { code: 'defect', message, exitCode: 70 },
    });
    expect(report.error).toMatchObject({ message });
  });

  it('that says it was cancelled while nobody interrupted the run has failed', async () => {
    const run = openToyRun(
      [toyStep('a')],
      [toyKind({ run: async () => Promise.reject(cancelled('toy.cancelled', 'gave up')) })],
    );

    expect((await executeToy(run)).outcomes).toEqual({ a: 'failed' });
  });

  it('that gives what its kind does not promise is a defect, and leaves no receipt', async () => {
    const run = openToyRun(
      [toyStep('a')],
      [toyKind({ output: z.object({ id: z.number() }), run: async () => ({ id: 'seven' }) })],
    );

    const { report } = await executeToy(run);

    expect(report.steps[0]).toMatchObject({ outcome: 'failed', error: { code: 'defect' } });
    expect(run.journalled()).toEqual(['run-started', 'step-started a', 'step-failed a', 'run-finished']);
  });

  it('that refers to a missing output is a defect, journalled before any attempt', async () => {
    const second = toyStep('b', { needs: ['a'], with: { $output: { from: 'a', key: 'missing' } } });
    const run = openToyRun([toyStep('a'), second], [toyKind()]);

    const { report } = await executeToy(run);

    expect(report.error?.message).toBe('the receipt of step "a" has no "missing"');
    expect(run.journal.entries().find(({ type }) => type === 'step-failed')).toMatchObject({
      stepId: 'b',
      attempt: 0,
    });
  });
});

describe('a step with a retry policy', () => {
  it('is repeated after errors that may pass, waiting longer each time', async () => {
    let calls = 0;
    const kind = toyKind({
      run: async () => {
        calls += 1;
        if (calls < 3) throw lost();
        return {};
      },
    });
    const run = openToyRun([toyStep('a', { retry: RETRY })], [kind]);

    const { outcomes } = await executeToy(run);

    expect(outcomes).toEqual({ a: 'done' });
    expect(run.clock.sleeps).toEqual([1_000, 2_000]);
    expect(run.events.filter(({ type }) => type === 'step-retrying')).toMatchObject([
      { attempt: 1, delayMs: 1_000, error: { code: 'toy.lost', exitCode: 5 } },
      { attempt: 2, delayMs: 2_000 },
    ]);
    expect(run.told().filter((word) => word === 'step-started a')).toHaveLength(3);
  });

  it('fails at once with an error that will not pass', async () => {
    const run = openToyRun(
      [toyStep('a', { retry: RETRY })],
      [toyKind({ run: async () => Promise.reject(refused('gate.closed', 'no')) })],
    );

    const { report } = await executeToy(run);

    expect(report.error).toMatchObject({ code: 'gate.closed', exitCode: 4 });
    expect(run.clock.sleeps).toEqual([]);
  });

  it('adopts the effect of an attempt whose reply was lost instead of repeating it', async () => {
    let effects = 0;
    const kind = toyKind({
      writes: true,
      probe: async () =>
        effects > 0 ? { done: true, output: { effects }, because: 'it is there' } : { done: false },
      run: async () => {
        effects += 1;
        throw lost();
      },
    });
    const { report } = await executeToy(openToyRun([toyStep('a', { writes: true, retry: RETRY })], [kind]));

    expect(report.steps[0]).toMatchObject({ outcome: 'adopted', receipt: { effects: 1 } });
  });

  it('looks once more after its last attempt, and says so', async () => {
    let effects = 0;
    const kind = toyKind({
      writes: true,
      probe: async () => (effects > 0 ? { done: true, output: {}, because: 'it is there' } : { done: false }),
      run: async () => {
        effects += 1;
        throw lost();
      },
    });
    const { report } = await executeToy(openToyRun([toyStep('a', { writes: true })], [kind]));

    expect(report.steps[0]).toMatchObject({
      outcome: 'adopted',
      because: 'found done after a failed attempt (the reply was lost): it is there',
    });
  });

  it('tells its own failure when looking once more fails too', async () => {
    let probes = 0;
    const kind = toyKind({
      writes: true,
      probe: async () => {
        probes += 1;
        if (probes > 1) throw upstreamFailed('toy.down', 'the server is away');
        return { done: false };
      },
      run: async () => Promise.reject(lost()),
    });
    const { report } = await executeToy(openToyRun([toyStep('a', { writes: true })], [kind]));

    expect(report.error).toMatchObject({ code: 'toy.lost' });
    expect(probes).toBe(2);
  });

  it('does not look again after a failure that says by itself that nothing happened', async () => {
    let probes = 0;
    const kind = toyKind({
      writes: true,
      probe: async () => {
        probes += 1;
        return { done: false };
      },
      run: async () => Promise.reject(refused('gate.closed', 'no')),
    });
    await executeToy(openToyRun([toyStep('a', { writes: true })], [kind]));

    expect(probes).toBe(1);
  });

  it('does not hide a defect behind a probe', async () => {
    let effects = 0;
    const kind = toyKind({
      writes: true,
      probe: async () => (effects > 0 ? { done: true, output: {}, because: 'it is there' } : { done: false }),
      run: async () => {
        effects += 1;
        throw new Error('undefined is not a function');
      },
    });
    const { report } = await executeToy(openToyRun([toyStep('a', { writes: true, retry: RETRY })], [kind]));

    expect(report.steps[0]).toMatchObject({ outcome: 'failed', error: { code: 'defect' } });
    expect(effects).toBe(1);
  });
});

describe('a step with a time limit', () => {
  const limited = toyStep('a', { timeoutMs: 3_600_000 });

  it('is told to stop when its time is over, and fails', async () => {
    const reasons: unknown[] = [];
    const kind = toyKind({
      run: (_, { signal }) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => {
            reasons.push(signal.reason);
            reject(signal.reason);
          }),
        ),
    });
    const run = openToyRun([limited], [kind]);
    const execution = executeToy(run);
    await settle();

    run.clock.advance(3_600_000);
    const { report } = await execution;

    expect(report.error).toMatchObject({
      code: 'step.timed-out',
      exitCode: 1,
      message: expect.stringContaining('3600 s'),
    });
    expect(reasons).toEqual([report.error]);
  });

  it('keeps its receipt when it ends in time, and leaves no alarm behind', async () => {
    const run = openToyRun([limited], [toyKind()]);

    const { outcomes } = await executeToy(run);

    expect(outcomes).toEqual({ a: 'done' });
    expect(run.clock.waiting()).toBe(0);
  });

  it('is given up when it does not stop, and what it says later is not heard', async () => {
    const { promise, resolve } = gate<object>();
    let talk = (_: string): void => undefined;
    const kind = toyKind({
      run: (_, { log }) => {
        talk = log;
        return promise;
      },
    });
    const run = openToyRun([limited], [kind]);
    const execution = executeToy(run);
    await settle();
    run.clock.advance(3_600_000);

    const { outcomes } = await execution;
    talk('too late');
    resolve({});

    expect(outcomes).toEqual({ a: 'failed' });
    expect(run.told()).not.toContain('step-log a');
  });
});
