import { askedDelayMs, isPassing, MOST_ATTEMPTS, withRetries } from '../with-retries.ts';
import { uploadUnclear } from './asset-errors.ts';
import { assetFilename } from './asset-filename.ts';
import type { AssetContent, AssetRow, BegunUpload } from './asset-rows.ts';
import { type AssetSending, type AssetWork, findTakenRow, waitAfter } from './asset-work.ts';
import { confirmContent, holdsWanted } from './read-asset.ts';
import { type SentParts, sendParts } from './send-asset-parts.ts';

/** How often an upload begins anew because its addresses ran out or the server forgot it. */
const UPLOADS = 3;

/**
 * Sends a file in parts: a row, an upload of it, its parts, the commit (balena-workflow 5.7). The content
 * counts once the store's ETag of every part is its MD5; where ETags are something else, once it was read
 * back. What was begun and not committed is cancelled. Throws integrity when the file is not what was
 * announced, or arrived otherwise.
 */
export async function sendAssetContent(
  work: AssetWork,
  request: AssetSending,
  found: AssetRow | undefined,
): Promise<void> {
  const row = found ?? (await makeRow(work, request));
  for (let number = 1; number <= UPLOADS; number += 1) {
    const upload = await beginUpload(work, request, row.id);
    const sent = await sendOrCancel(work, request, { rowId: row.id, upload });
    if (sent.kind === 'expired') {
      if (number === UPLOADS) throw sent.error;
      continue;
    }
    const content = await commit(work, request, { rowId: row.id, uuid: upload.uuid, etags: sent.etags });
    if (content === 'done') return;
    if (content === 'forgotten') continue;
    if (sent.isProven && content.sizeBytes === request.sizeBytes) return;
    return confirmContent(work, content, request);
  }
  throw uploadUnclear(request.key, `the server forgot ${UPLOADS} uploads before they could be committed`);
}

async function makeRow(work: AssetWork, request: AssetSending): Promise<AssetRow> {
  const { signal } = request;
  const made = await withRetries({ clock: work.clock, signal }, () =>
    work.rows.create(request, null, signal),
  );
  return made === 'taken' ? findTakenRow(work, request, signal) : made;
}

function beginUpload(work: AssetWork, request: AssetSending, rowId: number): Promise<BegunUpload> {
  const { key, mediaType, sizeBytes, signal } = request;
  const partBytes = work.partBytesOf(sizeBytes);
  const wish = { filename: assetFilename(key), mediaType, sizeBytes, partBytes };
  return withRetries({ clock: work.clock, signal }, () => work.rows.beginUpload(rowId, wish, signal));
}

async function sendOrCancel(
  work: AssetWork,
  request: AssetSending,
  { rowId, upload }: { readonly rowId: number; readonly upload: BegunUpload },
): Promise<SentParts> {
  // Best effort, and without the signal: an aborted run cleans up too.
  const cancel = () => work.rows.cancelUpload(rowId, upload.uuid).catch(() => {});
  try {
    const sent = await sendParts(work, request, upload);
    if (sent.kind === 'expired') await cancel();
    return sent;
  } catch (error) {
    await cancel();
    throw error;
  }
}

interface Commit {
  readonly rowId: number;
  readonly uuid: string;
  readonly etags: readonly string[];
}

/**
 * Commits; `done` when the row turned out to hold the wanted content after an answer was lost, `forgotten`
 * when the server knows the upload no more and the row does not hold it. A second commit of one upload is
 * answered like an unknown one.
 */
async function commit(
  work: AssetWork,
  request: AssetSending,
  { rowId, ...upload }: Commit,
): Promise<AssetContent | 'done' | 'forgotten'> {
  const { signal } = request;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const content = await work.rows.commitUpload(rowId, upload, signal);
      if (content !== 'unknown') return content;
      return (await becomesWanted(work, request)) ? 'done' : 'forgotten';
    } catch (error) {
      if (!signal.aborted && attempt < MOST_ATTEMPTS && isPassing(error)) {
        await waitAfter(work, attempt, { waitMs: askedDelayMs(error), signal });
        if (await holdsWanted(work, (await work.rows.find(request, signal))?.content, request)) return 'done';
        continue;
      }
      await work.rows.cancelUpload(rowId, upload.uuid).catch(() => {});
      throw error;
    }
  }
}

/** Whether the row holds the wanted content, or does after a while: a read may be behind. */
async function becomesWanted(work: AssetWork, request: AssetSending): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    const row = await work.rows.find(request, request.signal);
    if (await holdsWanted(work, row?.content, request)) return true;
    if (attempt === MOST_ATTEMPTS) return false;
    await waitAfter(work, attempt, { signal: request.signal });
  }
}
