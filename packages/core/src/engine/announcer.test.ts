import { expect, it } from 'vitest';
import type { Clock } from '../ports/clock.ts';
import { createAnnouncer } from './announcer.ts';
import type { RunEvent } from './run-event.ts';
import type { StepLines } from './step-lines.ts';

const AT = '2026-01-01T00:00:00.000Z';
const clock: Clock = { now: () => AT, sleep: async () => undefined };

function listen() {
  const events: RunEvent[] = [];
  const lines: StepLines[] = [];
  return {
    events,
    lines,
    emit: (event: RunEvent) => void events.push(event),
    emitLines: (each: StepLines) => void lines.push(each),
  };
}

it('gives lines that came at once as they are, with one time', () => {
  const seen = listen();
  createAnnouncer(seen, clock, 'run-1').announceLines('build', 'one\ntwo\n');
  expect(seen.lines).toEqual([{ at: AT, runId: 'run-1', stepId: 'build', text: 'one\ntwo\n' }]);
  expect(seen.events).toEqual([]);
});

it('gives them as one event each to a sink that takes nothing else, also when it throws at one', () => {
  const { events, emit } = listen();
  const defect = new Error('full');
  const announcer = createAnnouncer(
    {
      emit: (event) => {
        emit(event);
        throw defect;
      },
    },
    clock,
    'run-1',
  );
  announcer.announceLines('build', 'one\n\ntwo\n');
  const stamp = { type: 'step-log', at: AT, runId: 'run-1', stepId: 'build' };
  expect(events).toEqual(['one', '', 'two'].map((line) => ({ ...stamp, line })));
  expect(announcer.findDefect()).toBe(defect);
});

it('announces no lines once it is closed, nor an empty text', () => {
  const seen = listen();
  const announcer = createAnnouncer(seen, clock, 'run-1');
  announcer.announceLines('build', '');
  announcer.close();
  announcer.announceLines('build', 'late\n');
  expect(seen.lines).toEqual([]);
});
