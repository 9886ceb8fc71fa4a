/** Bounds of talking to a core, in milliseconds. */
export interface CoreIntervals {
  /** Until `GET /state` of a new core answers. */
  readonly readyMs: number;
  /** Between two looks at a core that does not answer or is busy. */
  readonly lookAgainMs: number;
  /** How long a busy core is given: its state lags behind the end of a suite (leviathan 3.1). */
  readonly busyMs: number;
  /** Until the first ping, which says that the core listens (leviathan 3.2). */
  readonly firstPingMs: number;
  /** Without a ping, of which there is one a second, the connection is dead. */
  readonly pingSilenceMs: number;
  /** An upload without a byte in either direction. The core digests what it has before it answers. */
  readonly uploadSilenceMs: number;
  /** After a failed upload: until the same is sent again, unless the core asks anew before. */
  readonly uploadAgainMs: number;
  /** A request of another kind without a byte. */
  readonly requestSilenceMs: number;
  /** How long a suite that is stopped for its time or silence may clean up. */
  readonly stopMs: number;
  /** The same after a cancellation: everything has to be free within 5 s. */
  readonly cancelMs: number;
  /** All of collecting reports and artifacts. */
  readonly collectMs: number;
}

export const DEFAULT_INTERVALS: CoreIntervals = {
  readyMs: 120_000,
  lookAgainMs: 500,
  busyMs: 10_000,
  firstPingMs: 15_000,
  pingSilenceMs: 30_000,
  uploadSilenceMs: 120_000,
  uploadAgainMs: 10_000,
  requestSilenceMs: 30_000,
  stopMs: 120_000,
  cancelMs: 3_000,
  collectMs: 600_000,
};
