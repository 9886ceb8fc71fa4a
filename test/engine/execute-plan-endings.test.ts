import { cancelled, type EventSink, type JournalEntry, toolFailed, upstreamFailed } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { createMemoryJournal } from '../fakes/memory-journal.ts';
import { executeToy, gate, openToyRun, settle, toyKind, toyStep } from './run-toy.ts';

const interrupted = cancelled('run.cancelled', 'interrupted by SIGINT');

/** Waits until it is told to stop, as a step should. */
const patient = toyKind({
  run: (_, { signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
});

describe('an interrupted run', () => {
  it('stops what is at work, starts nothing more, and can be continued', async () => {
    const run = openToyRun([toyStep('a'), toyStep('b', { needs: ['a'] }), toyStep('c')], [patient], {
      concurrency: 1,
    });
    const execution = executeToy(run);
    await settle();

    run.abort.abort(interrupted);
    const { report, outcomes } = await execution;

    expect(outcomes).toEqual({ a: 'cancelled', b: 'cancelled', c: 'cancelled' });
    expect(report).toMatchObject({ outcome: 'cancelled', error: { code: 'run.cancelled', exitCode: 130 } });
    expect(run.told()).toContain('cancelling');
    expect(run.told().filter((word) => word.startsWith('step-started'))).toEqual(['step-started a']);
    expect(run.journalled().slice(-4)).toEqual(['step-left a', 'step-left b', 'step-left c', 'run-finished']);
    const again = await executeToy(
      openToyRun([toyStep('a'), toyStep('b', { needs: ['a'] }), toyStep('c')], [toyKind()], {
        journal: run.journal,
      }),
    );
    expect(again.report.outcome).toBe('done');
  });

  it('keeps the receipt of a step that finishes all the same', async () => {
    const { promise, resolve } = gate<object>();
    const run = openToyRun([toyStep('a'), toyStep('b', { needs: ['a'] })], [toyKind({ run: () => promise })]);
    const execution = executeToy(run);
    await settle();

    run.abort.abort(interrupted);
    resolve({ id: 7 });
    const { report, outcomes } = await execution;

    expect(outcomes).toEqual({ a: 'done', b: 'cancelled' });
    expect(report.steps[0]?.receipt).toEqual({ id: 7 });
    expect(run.journalled()).toContain('step-succeeded a');
  });

  it('is done when nothing was left to do', async () => {
    const { promise, resolve } = gate<object>();
    const run = openToyRun([toyStep('a')], [toyKind({ run: () => promise })]);
    const execution = executeToy(run);
    await settle();
    run.abort.abort(interrupted);
    resolve({});

    expect((await execution).report).toMatchObject({ outcome: 'done', error: null });
  });

  it('does not wait for the next attempt', async () => {
    const retry = { attempts: 9, firstDelayMs: 600_000, factor: 1, maxDelayMs: 600_000 };
    const failing = toyKind({
      run: async () => Promise.reject(upstreamFailed('toy.lost', 'gone', { retryable: true })),
    });
    const run = openToyRun([toyStep('a', { retry })], [failing]);
    const execution = executeToy(run);
    await settle();

    run.abort.abort(interrupted);

    expect((await execution).outcomes).toEqual({ a: 'cancelled' });
  });

  it('starts nothing when it was interrupted before it began, and makes an error of any reason', async () => {
    const run = openToyRun([toyStep('a')], [patient]);
    run.abort.abort();

    const { report, outcomes } = await executeToy(run);

    expect(outcomes).toEqual({ a: 'cancelled' });
    expect(report.error).toMatchObject({ code: 'run.cancelled', hint: 'continue with osrel resume run-1' });
  });

  it('still says that a step failed by itself', async () => {
    const { promise, reject } = gate<object>();
    const run = openToyRun([toyStep('a'), toyStep('b')], [toyKind({ run: () => promise })], {
      concurrency: 1,
    });
    const execution = executeToy(run);
    await settle();
    run.abort.abort(interrupted);
    reject(toolFailed('build.failed', 'bitbake exited with 1'));

    const { report, outcomes } = await execution;

    expect(outcomes).toEqual({ a: 'failed', b: 'cancelled' });
    expect(report).toMatchObject({ outcome: 'cancelled', error: { code: 'build.failed' } });
  });
});

/** A journal on a disk that is full after some lines. */
function journalFor(lines: number, code = 'ENOSPC') {
  const journal = createMemoryJournal();
  const append = async (entry: JournalEntry) => {
    if (journal.lines.length >= lines) throw Object.assign(new Error(`${code}: write`), { code });
    await journal.append(entry);
  };
  return { journal, full: { ...journal, append } };
}

describe('a run whose journal cannot be written', () => {
  it('starts nothing more, says why, and loses nothing', async () => {
    const effects: string[] = [];
    const kind = toyKind({
      writes: true,
      probe: async (input) => {
        const id = JSON.stringify(input);
        return effects.includes(id) ? { done: true, output: {}, because: 'it is there' } : { done: false };
      },
      run: async (input) => ({ effects: effects.push(JSON.stringify(input)) }),
    });
    const steps = [toyStep('a', { writes: true }), toyStep('b', { writes: true, needs: ['a'] })];
    const { journal, full } = journalFor(2);

    const { report, outcomes } = await executeToy(openToyRun(steps, [kind], { journal: full }));

    expect(outcomes).toEqual({ a: 'failed', b: 'blocked' });
    expect(report).toMatchObject({ outcome: 'failed', error: { code: 'disk.full', exitCode: 1 } });
    expect(journal.lines).toHaveLength(2);
    const again = await executeToy(openToyRun(steps, [kind], { journal }));
    expect(again.outcomes).toEqual({ a: 'adopted', b: 'done' });
    expect(effects).toEqual(['{"id":"a"}', '{"id":"b"}']);
  });

  it('does not try the steps that could have started', async () => {
    const { full } = journalFor(2);
    const run = openToyRun([toyStep('a'), toyStep('b')], [toyKind()], { journal: full, concurrency: 1 });

    const { report, outcomes } = await executeToy(run);

    expect(outcomes).toEqual({ a: 'failed', b: 'blocked' });
    expect(report.steps[1]?.because).toBe('the journal cannot be written');
  });

  it.each([0, 1, 3])('ends in order when the disk is full after %i lines', async (lines) => {
    const { full } = journalFor(lines);
    const run = openToyRun([toyStep('a')], [toyKind()], { journal: full });

    const { report } = await executeToy(run);

    expect(report).toMatchObject({ outcome: 'failed', error: { code: 'disk.full' } });
    expect(run.told().at(-1)).toBe('run-finished');
  });

  it('does not call it a full disk when it is something else', async () => {
    const { full } = journalFor(1, 'EROFS');

    const { report } = await executeToy(openToyRun([toyStep('a')], [toyKind()], { journal: full }));

    expect(report.error).toMatchObject({ code: 'journal.unwritable' });
  });
});

describe('a sink that throws', () => {
  it('is a defect, but the run and its journal go on', async () => {
    const emit: EventSink = ({ type }) => {
      if (type === 'step-started') throw new TypeError('the reporter broke');
    };
    const run = openToyRun([toyStep('a'), toyStep('b', { needs: ['a'] })], [toyKind()], { emit });

    const { report, outcomes } = await executeToy(run);

    expect(outcomes).toEqual({ a: 'done', b: 'done' });
    expect(report).toMatchObject({ outcome: 'done', error: { message: 'the reporter broke' } });
    expect(run.journalled().at(-1)).toBe('run-finished');
  });
});
