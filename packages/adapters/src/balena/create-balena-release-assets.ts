import { stat } from 'node:fs/promises';
import type { AttachAssetRequest, Clock, ReleaseAsset, ReleaseAssets } from '@osrel/core';
import { isMissing } from '../if-present.ts';
import { assetsFrozen, fileDiffers, fileMissing } from './asset-errors.ts';
import { choosePartBytes } from './asset-parts.ts';
import { type AssetRow, createAssetRows } from './asset-rows.ts';
import { createAssetSlots } from './asset-slots.ts';
import type { AssetSending, AssetWork } from './asset-work.ts';
import type { BalenaClient } from './balena-client.ts';
import { digestSink, readAsset, textSink } from './read-asset.ts';
import { sendAssetContent } from './send-asset-content.ts';
import { sendEmptyAsset } from './send-empty-asset.ts';

export interface BalenaReleaseAssetsOptions {
  readonly client: Pick<BalenaClient, 'request'>;
  readonly clock: Clock;
  /** Milliseconds without a byte after which a transfer counts as broken; a minute when absent. */
  readonly silenceMs?: number;
  /** Bytes of a part of a file; chosen by its size when absent. A server takes no less than 5 MiB. */
  readonly partBytes?: number;
}

const TRANSFERS_AT_ONCE = 4;
const DIGESTS_AT_ONCE = 2;
const SILENCE_MS = 60_000;

/**
 * Files of a release on balena (balena-workflow 5.7). Content goes straight to the file store behind the API,
 * at most four contents or parts at once over all files, each in pieces of one mebibyte. Small files go the same way:
 * a server that is asked with an API key drops the file of a form request without a word, and answers 201. The API tells
 * no digest, so `sha256` is null in a listing; what `attach` answers was proven by the store's ETags or read back.
 */
export function createBalenaReleaseAssets(options: BalenaReleaseAssetsOptions): ReleaseAssets {
  const { client, clock, silenceMs = SILENCE_MS, partBytes } = options;
  const work: AssetWork = {
    rows: createAssetRows(client),
    clock,
    silenceMs,
    transfers: createAssetSlots(TRANSFERS_AT_ONCE),
    digests: createAssetSlots(DIGESTS_AT_ONCE),
    partBytesOf: (sizeBytes) => partBytes ?? choosePartBytes(sizeBytes),
  };
  return {
    list: async (releaseId) =>
      (await work.rows.list(releaseId)).map(assetOf).sort((a, b) => (a.key < b.key ? -1 : 1)),
    attach: (request) => namingFile(request, () => attach(work, request)),
    readDigest: (releaseId, key, signal) =>
      readAsset(work, { place: { releaseId, key }, makeSink: digestSink, signal }),
    readText: (releaseId, key) => readAsset(work, { place: { releaseId, key }, makeSink: textSink }),
  };
}

async function attach(work: AssetWork, wish: AttachAssetRequest): Promise<ReleaseAsset> {
  const signal = wish.signal ?? new AbortController().signal;
  const request = { ...wish, signal, onSent: countUp(wish) };
  const { key, releaseId, sizeBytes } = request;
  await checkSize(request);
  const { row, isFinal } = await work.rows.look(request, signal);
  const held = await findHeld(work, request, row);
  if (held !== 'wanted') {
    if (isFinal) throw held?.error ?? assetsFrozen(releaseId, key);
    const send = sizeBytes > 0 ? sendAssetContent : sendEmptyAsset;
    await send(work, request, row);
  }
  request.onSent(sizeBytes);
  return { key, sizeBytes, sha256: null, isComplete: true };
}

/** Reports a growing total as increases; what is sent a second time counts once. */
function countUp({ onSent }: AttachAssetRequest): (totalBytes: number) => void {
  let reported = 0;
  return (totalBytes) => {
    if (totalBytes <= reported) return;
    onSent?.(totalBytes - reported);
    reported = totalBytes;
  };
}

/**
 * Whether the row holds the wanted content already. A content that cannot be read is broken as far as anybody
 * can tell: a draft gets it anew, for a final release the error is the answer.
 */
async function findHeld(
  work: AssetWork,
  request: AssetSending,
  row: AssetRow | undefined,
): Promise<'wanted' | { readonly error: unknown } | undefined> {
  if (row?.content?.sizeBytes !== request.sizeBytes) return undefined;
  try {
    const reading = { place: request, makeSink: digestSink, signal: request.signal };
    return (await readAsset(work, reading))?.sha256 === request.sha256 ? 'wanted' : undefined;
  } catch (error) {
    request.signal.throwIfAborted();
    return { error };
  }
}

async function checkSize(request: AttachAssetRequest): Promise<void> {
  const { size } = await stat(request.file);
  if (size !== request.sizeBytes) throw fileDiffers(request, { sizeBytes: size, sha256: null });
}

/** The file may go away at any time until it was read. */
async function namingFile<Result>(
  { key, file }: AttachAssetRequest,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw isMissing(error) ? fileMissing(key, file, error) : error;
  }
}

function assetOf({ key, content }: AssetRow): ReleaseAsset {
  return { key, sizeBytes: content?.sizeBytes ?? 0, sha256: null, isComplete: content !== null };
}
