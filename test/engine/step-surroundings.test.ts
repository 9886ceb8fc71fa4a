import { cancelled, type KeptLog } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { executeToy, openToyRun, settle, toyKind, toyStep } from './run-toy.ts';

const first = cancelled('run.cancelled', 'interrupted by SIGINT');
const second = cancelled('run.cancelled', 'interrupted by a second SIGINT');

/** Finishes its work when it is asked to stop, and gives up when it must end at once. */
const stubborn = toyKind({
  run: (_, { signal, endNow }) =>
    new Promise((_resolve, reject) => {
      if (endNow.aborted) reject(signal.reason);
      endNow.addEventListener('abort', () => reject(signal.reason));
    }),
});

describe('a second interruption', () => {
  it('reaches the step that is at work, after the first, and both are told', async () => {
    const endNow = new AbortController();
    const run = openToyRun([toyStep('a'), toyStep('b', { needs: ['a'] })], [stubborn], {
      endNow: endNow.signal,
    });
    let hasEnded = false;
    const execution = executeToy(run).finally(() => {
      hasEnded = true;
    });
    await settle();

    run.abort.abort(first);
    await settle();
    expect(hasEnded).toBe(false);
    expect(run.told().at(-1)).toBe('cancelling');
    endNow.abort(second);
    const { report, outcomes } = await execution;

    expect(outcomes).toEqual({ a: 'cancelled', b: 'cancelled' });
    expect(report).toMatchObject({ outcome: 'cancelled', error: { exitCode: 130 } });
    const told = run.events.filter(({ type }) => type === 'cancelling');
    expect(told).toMatchObject([
      { because: 'interrupted by SIGINT' },
      { because: 'interrupted by a second SIGINT', endsNow: true },
    ]);
    expect(told[0]).not.toHaveProperty('endsNow');
  });

  it('that came before the run began ends what begins all the same at once', async () => {
    const run = openToyRun([toyStep('a')], [stubborn], { endNow: AbortSignal.abort(second) });
    const execution = executeToy(run);
    run.abort.abort(first);
    expect((await execution).outcomes).toEqual({ a: 'cancelled' });
  });

  it('is nothing that a step has to reckon with where the host knows only one', async () => {
    const seen: boolean[] = [];
    const kind = toyKind({ run: async (_, { endNow }) => seen.push(endNow.aborted) });
    await executeToy(openToyRun([toyStep('a')], [kind]));
    expect(seen).toEqual([false]);
  });

  it('is no longer told once the run is over', async () => {
    const endNow = new AbortController();
    const run = openToyRun([toyStep('a')], [toyKind()], { endNow: endNow.signal });
    await executeToy(run);
    endNow.abort(second);
    expect(run.told()).not.toContain('cancelling');
  });
});

describe('a log that a step keeps', () => {
  const keeping = toyKind({
    run: async (_, { keepLog, keepFile, keepText }) => {
      await keepLog('log.do_compile.7', '/b/temp/log.do_compile.7');
      await keepFile('screen.png', '/b/temp/screen.png');
      await keepText('summary.json', '{}');
      return {};
    },
  });

  it('goes to the host under the id of its step', async () => {
    const kept: KeptLog[] = [];
    const run = openToyRun([toyStep('a'), toyStep('b')], [keeping], {
      concurrency: 1,
      keepLog: async (log) => void kept.push(log),
    });
    await executeToy(run);
    const ofStep = (stepId: string): readonly KeptLog[] => [
      { stepId, name: 'log.do_compile.7', content: { path: '/b/temp/log.do_compile.7' }, kind: 'text' },
      { stepId, name: 'screen.png', content: { path: '/b/temp/screen.png' }, kind: 'binary' },
      { stepId, name: 'summary.json', content: { text: '{}' }, kind: 'text' },
    ];
    expect(kept).toEqual([...ofStep('a'), ...ofStep('b')]);
  });

  it('stays where it is when the host keeps none', async () => {
    expect((await executeToy(openToyRun([toyStep('a')], [keeping]))).outcomes).toEqual({ a: 'done' });
  });

  it('fails the step when the host cannot keep it', async () => {
    const keepLog = () => Promise.reject(new Error('no room left'));
    const { report } = await executeToy(openToyRun([toyStep('a')], [keeping], { keepLog }));
    expect(report).toMatchObject({ outcome: 'failed', error: { message: 'no room left' } });
  });
});
