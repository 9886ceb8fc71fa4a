import type { Clock } from '../ports/clock.ts';
import { asError } from './event-error.ts';
import type { EventSink, RunEvent } from './run-event.ts';
import { type LinesSink, listLogEvents } from './step-lines.ts';

type Unstamped<Event> = Event extends RunEvent ? Omit<Event, 'at' | 'runId'> : never;

/** A run event before the announcer stamps it. */
export type NewRunEvent = Unstamped<RunEvent>;

/** Who listens to a run. */
export interface RunSinks {
  readonly emit: EventSink;
  /** Takes lines that came at once; absent: they become one `step-log` event each. */
  readonly emitLines?: LinesSink;
}

/** Stamps events and hands them to the sinks; whatever these do, the run goes on. */
export interface Announcer {
  announce(event: NewRunEvent): void;
  /** Lines that a step's tool printed at once, each with a line feed at its end; they get one time. */
  announceLines(stepId: string, text: string): void;
  /** Time of the latest event, ISO 8601. */
  lastAt(): string;
  /** The first thing a sink threw: a defect, told once the run is over. */
  findDefect(): Error | undefined;
  /** Nothing is announced any more: a step that was given up may still talk. */
  close(): void;
}

export function createAnnouncer({ emit, emitLines }: RunSinks, clock: Clock, runId: string): Announcer {
  let at = clock.now();
  let defect: Error | undefined;
  let isOpen = true;
  const attempt = (give: () => void): void => {
    try {
      give();
    } catch (error) {
      defect ??= asError(error);
    }
  };
  return {
    announce(event) {
      if (!isOpen) return;
      at = clock.now();
      attempt(() => emit({ ...event, at, runId }));
    },
    announceLines(stepId, text) {
      if (!isOpen || text === '') return;
      at = clock.now();
      const lines = { at, runId, stepId, text };
      if (emitLines !== undefined) attempt(() => emitLines(lines));
      else for (const event of listLogEvents(lines)) attempt(() => emit(event));
    },
    lastAt: () => at,
    findDefect: () => defect,
    close() {
      isOpen = false;
    },
  };
}
