import type { EventSink, LinesSink } from '@osrel/core';

/** Something that shows or keeps run events. It sees nothing else of a run, and every text in them is redacted. */
export interface Reporter {
  readonly emit: EventSink;
  /** Takes lines of a step that came at once; absent: each comes as a `step-log` event. */
  readonly emitLines?: LinesSink;
  /** Called once after the last event; writes what is left. */
  readonly close: () => Promise<void>;
}
