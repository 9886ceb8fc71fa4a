import type { Clock } from '../ports/clock.ts';
import { asError } from './event-error.ts';
import type { EventSink, RunEvent } from './run-event.ts';

type Unstamped<Event> = Event extends RunEvent ? Omit<Event, 'at' | 'runId'> : never;

/** A run event before the announcer stamps it. */
export type NewRunEvent = Unstamped<RunEvent>;

/** Stamps events and hands them to the sink; whatever the sink does, the run goes on. */
export interface Announcer {
  announce(event: NewRunEvent): void;
  /** Time of the latest event, ISO 8601. */
  lastAt(): string;
  /** The first thing a sink threw: a defect, told once the run is over. */
  findDefect(): Error | undefined;
  /** Nothing is announced any more: a step that was given up may still talk. */
  close(): void;
}

export function createAnnouncer(sink: EventSink, clock: Clock, runId: string): Announcer {
  let at = clock.now();
  let defect: Error | undefined;
  let isOpen = true;
  return {
    announce(event) {
      if (!isOpen) return;
      at = clock.now();
      try {
        sink({ ...event, at, runId });
      } catch (error) {
        defect ??= asError(error);
      }
    },
    lastAt: () => at,
    findDefect: () => defect,
    close() {
      isOpen = false;
    },
  };
}
