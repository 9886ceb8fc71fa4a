import type { Clock } from '../ports/clock.ts';
import { elapsedMs } from './elapsed-ms.ts';

export interface HeartbeatRequest {
  readonly clock: Clock;
  /** Silence after which a heart beats; 0 for never. */
  readonly intervalMs: number;
  /** Time of the latest event, ISO 8601. */
  readonly lastAt: () => string;
  /** Announces a heartbeat, which moves `lastAt`. */
  readonly beat: () => void;
}

/** Starts to watch for silence; the returned function ends it and clears the pending sleep. */
export function startHeartbeat(request: HeartbeatRequest): () => void {
  const stop = new AbortController();
  if (request.intervalMs > 0) {
    // A clock that cannot sleep ends the heartbeat, not the run.
    void watchSilence(request, stop.signal).catch(() => undefined);
  }
  return () => stop.abort();
}

async function watchSilence(
  { clock, intervalMs, lastAt, beat }: HeartbeatRequest,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const silentMs = elapsedMs(lastAt(), clock.now());
    if (silentMs >= intervalMs) beat();
    await clock.sleep(silentMs >= intervalMs ? intervalMs : intervalMs - silentMs, signal);
  }
}
