import type { EventSink } from '@osrel/core';

/** Something that shows or keeps run events. It sees nothing else of a run, and every text in them is redacted. */
export interface Reporter {
  readonly emit: EventSink;
  /** Called once after the last event; writes what is left. */
  readonly close: () => Promise<void>;
}
