import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { executeToy, gate, openToyRun, settle, toyKind, toyStep } from './run-toy.ts';

describe('executePlan', () => {
  it('tells a run in order: started, each step, finished', async () => {
    const kind = toyKind({
      run: async (_, run) => {
        run.log('working');
        run.progress(1, 2, 'files');
        return { ok: true };
      },
    });
    const run = openToyRun([toyStep('a')], [kind]);

    const { report } = await executeToy(run);

    expect(report).toMatchObject({
      runId: 'run-1',
      planId: run.request.plan.planId,
      outcome: 'done',
      error: null,
    });
    expect(run.told()).toEqual([
      'run-started',
      'step-started a',
      'step-log a',
      'step-progress a',
      'step-finished a',
      'run-finished',
    ]);
    expect(run.journalled()).toEqual(['run-started', 'step-started a', 'step-succeeded a', 'run-finished']);
    expect(run.events.every(({ runId, at }) => runId === 'run-1' && at.endsWith('Z'))).toBe(true);
  });

  it('gives a step what the steps before it gave', async () => {
    const seen: unknown[] = [];
    const kind = toyKind({
      run: async (input) => {
        seen.push(input);
        return { number: 42 };
      },
    });
    const second = toyStep('b', {
      needs: ['a'],
      with: { deep: [{ $output: { from: 'a', key: 'number' } }] },
    });

    await executeToy(openToyRun([toyStep('a'), second], [kind]));

    expect(seen).toEqual([{ id: 'a' }, { deep: [42] }]);
  });

  it('adopts what a probe finds, says why, and does not run it', async () => {
    const kind = toyKind({
      probe: async () => ({ done: true, output: { id: 7 }, because: 'draft 7 has our mark' }),
      run: async () => expect.unreachable('it was done already'),
    });
    const { report } = await executeToy(openToyRun([toyStep('a')], [kind]));

    expect(report.steps[0]).toMatchObject({
      outcome: 'adopted',
      receipt: { id: 7 },
      because: 'draft 7 has our mark',
    });
  });

  it('has the receipt on disk before a step that needs it starts', async () => {
    const linesAtStart: number[] = [];
    const run = openToyRun(
      [toyStep('a'), toyStep('b', { needs: ['a'] })],
      [
        toyKind({
          run: async () => {
            linesAtStart.push(run.journal.entries().filter(({ type }) => type === 'step-succeeded').length);
            return {};
          },
        }),
      ],
    );

    await executeToy(run);

    expect(linesAtStart).toEqual([0, 1]);
  });

  it('uses receipts of the journal again, without probing', async () => {
    const first = openToyRun([toyStep('a')], [toyKind({ run: async () => ({ id: 7, left: undefined }) })]);
    await executeToy(first);
    const never = toyKind({ probe: async () => expect.unreachable('there is a receipt') });
    const second = openToyRun([toyStep('a')], [never], { journal: first.journal });

    const { report } = await executeToy(second);

    expect(report.steps[0]).toMatchObject({ outcome: 'done', receipt: { id: 7 }, durationMs: 0 });
    expect(second.events.find(({ type }) => type === 'run-started')).toMatchObject({ resumed: true });
    expect(second.events.find(({ type }) => type === 'step-finished')).toMatchObject({ fromJournal: true });
  });

  it('does not use a receipt that was made from another input', async () => {
    const outputs = [1, 2];
    const kind = toyKind({ run: async () => ({ number: outputs.shift() }) });
    const steps = [
      toyStep('a'),
      toyStep('b', { needs: ['a'], with: { $output: { from: 'a', key: 'number' } } }),
    ];
    const first = openToyRun(steps, [kind]);
    await executeToy(first);
    const line = first.journal.lines.findIndex(
      (text) => text.includes('step-succeeded') && text.includes('"a"'),
    );
    first.journal.lines[line] = (first.journal.lines[line] ?? '').replace('"number":1', '"number":5');
    const inputs: unknown[] = [];
    const watching = toyKind({ run: async (input) => inputs.push(input) });

    await executeToy(openToyRun(steps, [watching], { journal: first.journal }));

    expect(inputs).toEqual([5]);
  });

  it('looks again when this osrel does not understand a receipt any more', async () => {
    const first = openToyRun([toyStep('a')], [toyKind({ run: async () => ({ old: 1 }) })]);
    await executeToy(first);
    const kind = toyKind({
      output: z.strictObject({ id: z.number() }),
      probe: async () => ({ done: true, output: { id: 7 }, because: 'found' }),
    });

    const { report } = await executeToy(openToyRun([toyStep('a')], [kind], { journal: first.journal }));

    expect(report.steps[0]).toMatchObject({ outcome: 'adopted', receipt: { id: 7 } });
  });

  it('lets a step touch only the ports of its kind', async () => {
    const kind = toyKind({ ports: [], run: async (_, run) => ({ store: typeof run.ports.objectStore }) });

    const { report } = await executeToy(openToyRun([toyStep('a')], [kind]));

    expect(report.steps[0]?.receipt).toEqual({ store: 'undefined' });
  });

  it('refuses a plan with kinds it does not have, or that would write against its word, before doing anything', async () => {
    const run = openToyRun([toyStep('a', { kind: 'other' }), toyStep('b')], [toyKind({ writes: true })]);

    await expect(executeToy(run)).rejects.toMatchObject({
      code: 'plan.kind-unknown',
      exitCode: 2,
      problems: [{}, {}],
    });
    expect(run.journal.lines).toEqual([]);
  });

  it('refuses a journal of another plan', async () => {
    const first = openToyRun([toyStep('a')], [toyKind()]);
    await executeToy(first);
    const other = openToyRun([toyStep('b')], [toyKind()], { journal: first.journal });

    await expect(executeToy(other)).rejects.toMatchObject({ code: 'journal.other-plan', exitCode: 8 });
  });

  it('never runs more steps at once than asked for, nor more of a kind than it allows', async () => {
    const busy = { toy: 0, rig: 0, most: 0, mostRigs: 0 };
    const watch = (kind: 'toy' | 'rig') => async () => {
      busy[kind] += 1;
      busy.most = Math.max(busy.most, busy.toy + busy.rig);
      busy.mostRigs = Math.max(busy.mostRigs, busy.rig);
      await settle();
      busy[kind] -= 1;
      return {};
    };
    const steps = ['a', 'b', 'c', 'd'].flatMap((id) => [toyStep(id), toyStep(`${id}-rig`, { kind: 'rig' })]);
    const kinds = [
      toyKind({ run: watch('toy') }),
      toyKind({ kind: 'rig', concurrency: 1, run: watch('rig') }),
    ];

    const { report } = await executeToy(openToyRun(steps, kinds, { concurrency: 3 }));

    expect(report.outcome).toBe('done');
    expect(busy).toMatchObject({ most: 3, mostRigs: 1 });
  });

  it('beats when nothing was told for long, and stops with the run', async () => {
    const { promise, resolve } = gate<object>();
    const run = openToyRun([toyStep('a')], [toyKind({ run: () => promise })], { heartbeatMs: 90_000 });
    const execution = executeToy(run);
    await settle();

    run.clock.advance(90_000);
    await settle();
    run.clock.advance(90_000);
    await settle();
    resolve({});
    await execution;
    expect(run.clock.waiting()).toBe(0);

    const beats = run.events.filter(({ type }) => type === 'heartbeat');
    expect(beats).toMatchObject([
      { running: ['a'], elapsedMs: 90_000 },
      { running: ['a'], elapsedMs: 180_000 },
    ]);
  });

  it('does not beat while steps talk', async () => {
    const { promise, resolve } = gate<object>();
    let talk = (_: string): void => undefined;
    const kind = toyKind({
      run: (_, run) => {
        talk = run.log;
        return promise;
      },
    });
    const run = openToyRun([toyStep('a')], [kind], { heartbeatMs: 300_000 });
    const execution = executeToy(run);
    await settle();

    run.clock.advance(200_000);
    talk('still here');
    run.clock.advance(200_000);
    await settle();
    resolve({});
    await execution;

    expect(run.told()).not.toContain('heartbeat');
  });
});
