import { CUT_MARK, createRedactor, type RunEvent, type StepLines } from '@osrel/core';
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

  const lines = (text: string, second = 0): StepLines => ({
    at: `2026-01-01T00:00:0${second}.000Z`,
    runId: 'r',
    stepId: 'a',
    text,
  });

  it('gives lines that came at once as such or one by one, as each reporter wants, in order with the others', async () => {
    const single = collector();
    const texts: string[] = [];
    const whole = { ...collector(), emitLines: ({ text }: StepLines) => void texts.push(text) };
    const all = fanOut([single, whole], redactor);
    all.emit(log('a', 'zero', 1));
    all.emitLines(lines('one\n\ntwo hunter2\n', 2));
    all.emit(log('a', 'three', 3));
    all.emitLines(lines('four\n', 4));
    all.emit(finished(5, 'a'));
    await all.close();
    const stamped = ['zero', 'one', '', 'two ***', 'three', 'four'].map((line, index) =>
      log('a', line, [1, 2, 2, 2, 3, 4][index]),
    );
    expect(single.events.slice(0, -1)).toEqual(stamped);
    expect(texts).toEqual(['one\n\ntwo ***\n', 'four\n']);
    expect(whole.events.map(({ type }) => type)).toEqual(['step-log', 'step-log', 'step-finished']);
  });

  it('hides a secret that spans lines which came at different times and ways', async () => {
    const seen = collector();
    const all = fanOut([seen], redactor);
    all.emitLines(lines('start\nfirst line\n', 1));
    all.emitLines(lines('second\nfirst line\n', 2));
    all.emit(log('a', 'second', 3));
    all.emitLines(lines(`hun${CUT_MARK}\n`, 4));
    all.emit(log('a', `te${CUT_MARK}`, 5));
    all.emitLines(lines('r2\nend\n', 6));
    await all.close();
    const told = seen.events.map((event) => (event.type === 'step-log' ? event.line : event.type));
    expect(told).toEqual(['start', '***', '***', '***', 'end']);
  });

  it('gives lines that only looked like a secret before the end of their step', async () => {
    const seen = collector();
    const all = fanOut([seen], redactor);
    all.emitLines(lines('start\nfirst line\n'));
    expect(seen.events).toEqual([log('a', 'start')]);
    all.emit(finished(1, 'a'));
    expect(seen.events.map(({ type }) => type)).toEqual(['step-log', 'step-log', 'step-finished']);
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

it('the JSON lines reporter writes lines that came at once as one document each', () => {
  let text = '';
  const reporter = createJsonlReporter((chunk) => {
    text += chunk;
  });
  const stamp = { at: '2026-01-01T00:00:00.000Z', runId: 'r', stepId: 'a' };
  reporter.emitLines?.({ ...stamp, text: 'one\ntwo\n' });
  const documents = text.split('\n').slice(0, -1);
  expect(documents.map((each) => JSON.parse(each))).toEqual([
    { ...stamp, type: 'step-log', line: 'one' },
    { ...stamp, type: 'step-log', line: 'two' },
  ]);
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
