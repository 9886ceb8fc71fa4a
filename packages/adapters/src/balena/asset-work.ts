import type { AttachAssetRequest, Clock } from '@osrel/core';
import { MOST_ATTEMPTS } from '../with-retries.ts';
import { uploadUnclear } from './asset-errors.ts';
import type { AssetPlace, AssetRow, AssetRows } from './asset-rows.ts';
import type { AssetSlots } from './asset-slots.ts';

/** What all that is done to release assets works with. */
export interface AssetWork {
  readonly rows: AssetRows;
  readonly clock: Clock;
  /** Contents that are sent or read at once, over all files. */
  readonly transfers: AssetSlots;
  /** Files that are digested at once. */
  readonly digests: AssetSlots;
  /** Milliseconds without a byte after which a transfer counts as broken. */
  readonly silenceMs: number;
  /** Bytes of one part of a file of the given size. */
  readonly partBytesOf: (sizeBytes: number) => number;
}

/** One asset on its way. */
export interface AssetSending extends Omit<AttachAssetRequest, 'signal' | 'onSent'> {
  readonly signal: AbortSignal;
  /** Told how many bytes of the file have arrived altogether. */
  readonly onSent: (totalBytes: number) => void;
}

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 60_000;

/**
 * Waits before the attempt after number `attempt` (from 1): as long as the other side asked for, else twice
 * as long each time.
 */
export async function waitAfter(
  { clock }: Pick<AssetWork, 'clock'>,
  attempt: number,
  options: { readonly waitMs?: number | null | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const delayMs = options.waitMs ?? FIRST_DELAY_MS * 2 ** (attempt - 1);
  await clock.sleep(Math.min(delayMs, LONGEST_DELAY_MS), options.signal);
}

/**
 * The row of a key that the server has just called taken: a read may be behind for a while. Throws upstream
 * `balena.upload-unclear` when it stays hidden.
 */
export async function findTakenRow(
  work: Pick<AssetWork, 'clock' | 'rows'>,
  place: AssetPlace,
  signal: AbortSignal,
): Promise<AssetRow> {
  for (let attempt = 1; ; attempt += 1) {
    const row = await work.rows.find(place, signal);
    if (row !== undefined) return row;
    if (attempt === MOST_ATTEMPTS)
      throw uploadUnclear(
        place.key,
        `the server says that release ${place.releaseId} has it, but lists no such asset`,
      );
    await waitAfter(work, attempt, { signal });
  }
}
