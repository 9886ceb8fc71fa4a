import { createRedactor, type RunEvent } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { failingRun, finished } from '../testing/sample-run.ts';
import { fanOut } from './fan-out.ts';
import { createJsonlReporter } from './jsonl-reporter.ts';

const redactor = createRedactor(['hunter2', 'first line\nsecond']);

function collector() {
  const events: RunEvent[] = [];
  return { events, emit: (event: RunEvent) => void events.push(event), close: async () => undefined };
}

describe('the fan-out', () => {
  it('gives every event to everybody in order', async () => {
    const [one, two] = [collector(), collector()];
    const all = fanOut([one, two], redactor);
    for (const event of failingRun()) all.emit(event);
    await all.close();
    expect(one.events).toEqual(failingRun());
    expect(two.events).toEqual(one.events);
  });

  it('hides secrets in logs, reasons, errors and receipts at any depth', () => {
    const seen = collector();
    const all = fanOut([seen], redactor);
    const error = { code: 'x', message: 'login hunter2', hint: 'not hunter2', exitCode: 9 };
    all.emit(
      finished(1, 'a', {
        because: 'hunter2',
        error,
        receipt: { list: [{ deep: 'a hunter2 b' }], count: 3, none: null },
      }),
    );
    all.emit({
      type: 'step-log',
      at: '2026-01-01T00:00:00.000Z',
      runId: 'r',
      stepId: 'a',
      line: 'token=hunter2',
    });
    expect(JSON.stringify(seen.events)).not.toContain('hunter2');
    expect(seen.events[0]).toMatchObject({ receipt: { list: [{ deep: 'a *** b' }], count: 3, none: null } });
  });

  const log = (stepId: string, line: string, second = 0): RunEvent => ({
    type: 'step-log',
    at: `2026-01-01T00:00:0${second}.000Z`,
    runId: 'r',
    stepId,
    line,
  });

  it('gives log lines at the end of a turn, with their own times, and before any other event', async () => {
    const seen = collector();
    const all = fanOut([seen], redactor);
    all.emit(log('a', 'one hunter2', 1));
    all.emit(log('a', 'two', 2));
    await Promise.resolve();
    expect(seen.events).toEqual([log('a', 'one ***', 1), log('a', 'two', 2)]);
    all.emit(log('b', 'three', 3));
    all.emit(finished(4, 'a'));
    expect(seen.events.slice(2).map(({ type }) => type)).toEqual(['step-log', 'step-finished']);
  });

  it('hides a secret that spans lines of one step, with lines of another in between', async () => {
    const seen = collector();
    const all = fanOut([seen], redactor);
    for (const event of [
      log('a', 'first line'),
      log('b', 'other'),
      log('a', 'second', 1),
      log('a', 'end', 2),
    ]) {
      all.emit(event);
      await Promise.resolve();
    }
    expect(seen.events).toEqual([log('b', 'other'), log('a', '***', 1), log('a', 'end', 2)]);
  });

  it('keeps nothing back when a step ends, nor when all ends', async () => {
    const seen = collector();
    const all = fanOut([seen], redactor);
    all.emit(log('a', 'first line'));
    all.emit(finished(1, 'a'));
    all.emit(log('b', 'first line'));
    await all.close();
    expect(seen.events.map(({ type }) => type)).toEqual(['step-log', 'step-finished', 'step-log']);
  });

  it('goes on without a reporter that throws, and tells at the end', async () => {
    const broken = {
      emit: () => {
        throw new Error('disk is full');
      },
      close: async () => undefined,
    };
    const good = collector();
    const all = fanOut([broken, good], redactor);
    for (const event of failingRun()) all.emit(event);
    expect(good.events).toHaveLength(failingRun().length);
    await expect(all.close()).rejects.toThrow('disk is full');
  });
});

it('the JSON lines reporter writes one document a line', () => {
  let text = '';
  const reporter = createJsonlReporter((chunk) => {
    text += chunk;
  });
  for (const event of failingRun()) reporter.emit(event);
  expect(
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual(failingRun());
});
