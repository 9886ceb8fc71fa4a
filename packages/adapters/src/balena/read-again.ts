import type { Clock } from '@osrel/core';

export interface ReadAgain<Value> {
  readonly clock: Clock;
  readonly read: () => Promise<Value>;
  /** Whether the read shows what was written. */
  readonly isShown: (value: Value) => boolean;
  readonly signal?: AbortSignal | undefined;
}

const MOST_READS = 6;
const FIRST_DELAY_MS = 250;

/**
 * Reads until a write is visible: replicas of the server's database may be a little behind. Six reads over about eight
 * seconds; answers the last one whatever it shows.
 */
export async function readAgain<Value>({ clock, read, isShown, signal }: ReadAgain<Value>): Promise<Value> {
  for (let reads = 1; ; reads += 1) {
    const value = await read();
    if (isShown(value) || reads >= MOST_READS) return value;
    await clock.sleep(FIRST_DELAY_MS * 2 ** (reads - 1), signal);
  }
}
