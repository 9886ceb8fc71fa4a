import type { OsrelError } from '@osrel/core';
import { MOST_ATTEMPTS } from '../with-retries.ts';
import { fileDiffers, partDiffers, uploadUnclear } from './asset-errors.ts';
import { type AssetPart, digestParts } from './asset-parts.ts';
import type { BegunUpload } from './asset-rows.ts';
import { sendPart } from './asset-storage.ts';
import { type AssetSending, type AssetWork, waitAfter } from './asset-work.ts';

export type SentParts =
  | {
      readonly kind: 'sent';
      /** In order of the parts, as the store gave them. */
      readonly etags: readonly string[];
      /** Whether every ETag was the MD5 of what was read. */
      readonly isProven: boolean;
    }
  /** The addresses are refused: only a new upload can help. */
  | { readonly kind: 'expired'; readonly error: OsrelError };

type Outcome = { readonly kind: 'sent'; readonly etag: string; readonly md5: string | null };

/**
 * Sends all parts of an upload while the file is digested from its start. A part that was cut is sent again,
 * it alone. Throws integrity when the file is not what was announced or a part arrived as something else.
 */
export async function sendParts(
  work: AssetWork,
  request: AssetSending,
  upload: BegunUpload,
): Promise<SentParts> {
  const parts = placeParts(request, upload);
  const stop = new AbortController();
  const signal = AbortSignal.any([request.signal, stop.signal]);
  const { md5s, checked } = digestAlong(work, { ...request, signal }, parts);
  let arrivedBytes = 0;
  const sent = parts.map(async (part, index) => {
    const outcome = await sendWhole(work, { ...request, signal }, { ...part, md5: md5s[index] });
    arrivedBytes += part.sizeBytes;
    request.onSent(arrivedBytes);
    return outcome;
  });
  try {
    const [outcomes] = await Promise.all([Promise.all(sent), checked]);
    const isProven = outcomes.every(({ md5 }) => md5 !== null);
    return { kind: 'sent', etags: outcomes.map(({ etag }) => etag), isProven };
  } catch (error) {
    stop.abort(error);
    await Promise.allSettled([...sent, checked]);
    request.signal.throwIfAborted();
    if (error instanceof AddressRefused) return { kind: 'expired', error: error.cause };
    throw error;
  }
}

interface Digesting {
  /** Of each part, in order; they fail when the file does not have what was announced. */
  readonly md5s: readonly Promise<string>[];
  /** Settles when the whole file was read and compared. */
  readonly checked: Promise<void>;
}

/** Reads the file from its start while its parts are on their way. */
function digestAlong(work: AssetWork, request: AssetSending, parts: readonly AssetPart[]): Digesting {
  const { file, signal } = request;
  const md5s = parts.map(() => Promise.withResolvers<string>());
  const onPartMd5 = (part: AssetPart, md5: string) => md5s[part.number - 1]?.resolve(md5);
  const check = async () => {
    const found = await work.digests.use(() => digestParts(file, parts, { signal, onPartMd5 }), signal);
    if (found.sizeBytes !== request.sizeBytes || found.sha256 !== request.sha256)
      throw fileDiffers(request, found);
  };
  const checked = check();
  checked.catch((error: unknown) => {
    for (const { reject } of md5s) reject(error);
  });
  // Whoever waits hears of it; nobody may be waiting any more.
  for (const { promise } of md5s) promise.catch(() => {});
  return { md5s: md5s.map(({ promise }) => promise), checked };
}

/** The address of a part is refused. */
class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
  override readonly cause: OsrelError;

  constructor(cause: OsrelError) {
    super(cause.message);
    this.cause = cause;
  }
}

interface PlacedPart extends AssetPart {
  readonly url: string;
}

/** Where each part begins. Throws when the server's parts are not the file. */
function placeParts({ key, sizeBytes }: AssetSending, upload: BegunUpload): readonly PlacedPart[] {
  let startByte = 0;
  const parts = upload.parts.map((part) => {
    const placed = { ...part, startByte };
    startByte += part.sizeBytes;
    return placed;
  });
  const isWhole = startByte === sizeBytes && parts.every(({ number }, index) => number === index + 1);
  if (isWhole) return parts;
  throw uploadUnclear(
    key,
    `the server wants ${parts.length} parts of ${startByte} bytes, the file has ${sizeBytes}`,
  );
}

async function sendWhole(
  work: AssetWork,
  request: AssetSending,
  part: PlacedPart & { readonly md5: Promise<string> | undefined },
): Promise<Outcome> {
  const { key, file, signal } = request;
  const call = { url: part.url, file, part, silenceMs: work.silenceMs, signal };
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await work.transfers.use(() => sendPart(call), signal);
    if (outcome.kind === 'sent') {
      const md5 = (await part.md5) ?? '';
      if (outcome.md5 === null || outcome.md5 === md5) return outcome;
      if (attempt === MOST_ATTEMPTS) throw partDiffers(key, part.number, { sent: md5, arrived: outcome.md5 });
    } else {
      if (outcome.remedy === 'renew') throw new AddressRefused(outcome.error);
      if (outcome.remedy === 'none' || attempt === MOST_ATTEMPTS) throw outcome.error;
    }
    await waitAfter(work, attempt, { waitMs: outcome.kind === 'failed' ? outcome.waitMs : null, signal });
  }
}
