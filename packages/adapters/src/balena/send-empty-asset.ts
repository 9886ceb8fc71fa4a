import { askedDelayMs, isPassing, MOST_ATTEMPTS } from '../with-retries.ts';
import { emptyAssetDropped } from './asset-errors.ts';
import { assetFilename } from './asset-filename.ts';
import type { AssetRow } from './asset-rows.ts';
import { type AssetSending, type AssetWork, findTakenRow, waitAfter } from './asset-work.ts';
import { statusOf } from './balena-failure.ts';
import { confirmContent, holdsWanted } from './read-asset.ts';

/**
 * Sends an empty file: an upload in parts has none for it, so it goes by one form request, with a new row or into the row
 * that is there. A request without a good answer may have been done: the row is looked at before it is sent again.
 * Throws refused `release.asset-empty` where the server takes no file of a form.
 */
export async function sendEmptyAsset(
  work: AssetWork,
  request: AssetSending,
  found: AssetRow | undefined,
): Promise<void> {
  let row = found;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const written = await work.transfers.use(() => write(work, request, row), request.signal);
      if (written !== 'taken') return confirmContent(work, written, request);
      row = await findTakenRow(work, request, request.signal);
    } catch (error) {
      request.signal.throwIfAborted();
      if (attempt === MOST_ATTEMPTS || !isPassing(error)) throw error;
      await waitAfter(work, attempt, { waitMs: askedDelayMs(error), signal: request.signal });
      row = await work.rows.find(request, request.signal);
    }
    if (await holdsWanted(work, row?.content, request)) return;
  }
}

async function write({ rows }: AssetWork, request: AssetSending, row: AssetRow | undefined) {
  const content = new File([], assetFilename(request.key), { type: request.mediaType });
  if (row === undefined) {
    const created = await rows.create(request, content, request.signal);
    if (created === 'taken') return created;
    if (created.content === null) throw emptyAssetDropped(request.key);
    return created.content;
  }
  try {
    await rows.replace(row.id, content, request.signal);
  } catch (error) {
    // "No fields to update": the file was not seen.
    throw statusOf(error) === 400 ? emptyAssetDropped(request.key) : error;
  }
  return null;
}
