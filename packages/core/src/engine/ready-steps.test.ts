import { describe, expect, it } from 'vitest';
import type { Step } from '../plan/plan.ts';
import { NO_RETRY } from '../plan/step-ref.ts';
import { listReadySteps, listUnreachableSteps } from './ready-steps.ts';
import type { StepOutcome } from './run-event.ts';

function step(id: string, needs: readonly string[] = [], kind = 'toy'): Step {
  return {
    id,
    kind,
    stage: 'build',
    needs,
    writes: false,
    summary: id,
    with: {},
    retry: NO_RETRY,
    timeoutMs: null,
  };
}

const steps = [
  step('a'),
  step('b', ['a']),
  step('c', ['a', 'x']),
  step('x'),
  step('rig-1', [], 'rig'),
  step('rig-2', [], 'rig'),
];
const limits = { concurrency: 9, kinds: new Map([['rig', { concurrency: 1 }]]) };
const ended = (outcomes: Readonly<Record<string, StepOutcome>>) => new Map(Object.entries(outcomes));
const ready = (
  outcomes: Readonly<Record<string, StepOutcome>>,
  running: readonly string[],
  concurrency = 9,
) =>
  listReadySteps(
    { steps, outcomes: ended(outcomes), running: new Set(running) },
    { ...limits, concurrency },
  ).map(({ id }) => id);

describe('listReadySteps', () => {
  it('gives no place to steps whose work is done elsewhere, and starts them though none is left', () => {
    const suites = [step('t1', [], 'suite'), step('t2', [], 'suite'), step('a'), step('b'), step('c')];
    const kinds = new Map([['suite', { waitsElsewhere: true }]]);
    const ids = (running: readonly string[]) =>
      listReadySteps(
        { steps: suites, outcomes: new Map(), running: new Set(running) },
        { concurrency: 2, kinds },
      ).map(({ id }) => id);
    expect(ids([])).toEqual(['t1', 't2', 'a', 'b']);
    expect(ids(['a', 'b', 't1'])).toEqual(['t2']);
    expect(ids(['t1', 't2'])).toEqual(['a', 'b']);
  });

  it('gives steps whose needs are met, in plan order', () => {
    expect(ready({}, [])).toEqual(['a', 'x', 'rig-1']);
    expect(ready({ a: 'done' }, ['x', 'rig-1'])).toEqual(['b']);
    expect(ready({ a: 'done', x: 'adopted', b: 'done' }, [])).toEqual(['c', 'rig-1']);
  });

  it('counts running steps against both limits', () => {
    expect(ready({}, ['rig-1'], 2)).toEqual(['a']);
    expect(ready({ a: 'done', x: 'done' }, ['rig-1'])).toEqual(['b', 'c']);
    expect(ready({}, ['a', 'x'], 2)).toEqual([]);
  });

  it.each(['failed', 'blocked', 'cancelled', 'skipped'] as const)(
    'does not take "%s" for a met need',
    (outcome) => {
      expect(ready({ a: outcome, x: 'done', 'rig-1': 'done', 'rig-2': 'done' }, [])).toEqual([]);
    },
  );
});

describe('listUnreachableSteps', () => {
  const unreachable = (outcomes: Readonly<Record<string, StepOutcome>>, list = steps) =>
    listUnreachableSteps({ steps: list, outcomes: ended(outcomes) }).map(
      ({ step: { id }, outcome, because }) => [id, outcome, because],
    );

  it('names the step that failed first, through any number of others', () => {
    const chain = [step('a'), step('b', ['a']), step('c', ['b']), step('d', ['c'])];

    expect(unreachable({ a: 'failed' }, chain)).toEqual([
      ['b', 'blocked', 'it needs a, which failed'],
      ['c', 'blocked', 'it needs a, which failed'],
      ['d', 'blocked', 'it needs a, which failed'],
    ]);
  });

  it('does not wait for the other needs', () => {
    expect(unreachable({ x: 'failed' })).toEqual([['c', 'blocked', 'it needs x, which failed']]);
  });

  it('is cancelled behind a cancelled step, but blocked when another need failed', () => {
    expect(unreachable({ a: 'cancelled' })).toEqual([
      ['b', 'cancelled', 'it needs a, which was cancelled'],
      ['c', 'cancelled', 'it needs a, which was cancelled'],
    ]);
    expect(unreachable({ a: 'cancelled', x: 'failed' })).toContainEqual([
      'c',
      'blocked',
      'it needs x, which failed',
    ]);
  });

  it('finds nothing while all goes well', () => {
    expect(unreachable({ a: 'done', x: 'adopted' })).toEqual([]);
  });
});
