import { createHash } from 'node:crypto';
import type { ReadDigest } from '@osrel/core';
import { MOST_ATTEMPTS } from '../with-retries.ts';
import { storedDiffers } from './asset-errors.ts';
import type { AssetContent, AssetPlace } from './asset-rows.ts';
import { type ContentRead, readContent } from './asset-storage.ts';
import { type AssetWork, waitAfter } from './asset-work.ts';

/** Takes the bytes of one reading. */
export interface ContentSink<Result> {
  readonly take: (chunk: Uint8Array) => void;
  readonly finish: (sizeBytes: number) => Result;
}

interface Reading<Result> {
  readonly place: AssetPlace;
  /** Called anew for each attempt. */
  readonly makeSink: () => ContentSink<Result>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads the content of a key whole, as a consumer does; undefined when it has none. A reading that breaks, or
 * gives another number of bytes than the row says, begins again with a fresh address. Throws what the store's
 * last failure was.
 */
export async function readAsset<Result>(
  work: AssetWork,
  { place, makeSink, signal = new AbortController().signal }: Reading<Result>,
): Promise<Result | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    const content = (await work.rows.find(place, signal))?.content;
    if (content === undefined || content === null) return undefined;
    const sink = makeSink();
    const read = await readOnce(work, { content, take: sink.take, signal });
    const isLast = attempt === MOST_ATTEMPTS;
    if (read.kind === 'read' && (read.sizeBytes === content.sizeBytes || isLast))
      return sink.finish(read.sizeBytes);
    if (read.kind === 'failed' && (read.remedy === 'none' || isLast)) throw read.error;
    await waitAfter(work, attempt, { waitMs: read.kind === 'failed' ? read.waitMs : null, signal });
  }
}

/** A sink that digests. */
export function digestSink(): ContentSink<ReadDigest> {
  const hash = createHash('sha256');
  return {
    take: (chunk) => void hash.update(chunk),
    finish: (sizeBytes) => ({ sizeBytes, sha256: hash.digest('hex') }),
  };
}

/** A sink that keeps the text. */
export function textSink(): ContentSink<string> {
  const chunks: Uint8Array[] = [];
  return {
    take: (chunk) => void chunks.push(chunk),
    finish: () => Buffer.concat(chunks).toString('utf8'),
  };
}

export interface Wanted extends AssetPlace, ReadDigest {
  readonly signal: AbortSignal;
}

/** Whether a content, read whole, is the wanted one; false also when it cannot be read now. */
export async function holdsWanted(
  work: AssetWork,
  content: AssetContent | null | undefined,
  wanted: Wanted,
): Promise<boolean> {
  if (content?.sizeBytes !== wanted.sizeBytes) return false;
  const sink = digestSink();
  const read = await readOnce(work, { content, take: sink.take, signal: wanted.signal });
  return read.kind === 'read' && sink.finish(read.sizeBytes).sha256 === wanted.sha256;
}

/**
 * Reads back what was just written until it is the wanted content: the first address comes from the write's
 * own answer, where it had one; later ones from the row, which may be behind for a while. Throws integrity
 * `release.asset-differs`, or what the store's last failure was.
 */
export async function confirmContent(
  work: AssetWork,
  written: AssetContent | null,
  wanted: Wanted,
): Promise<void> {
  let content = written;
  for (let attempt = 1; ; attempt += 1) {
    content ??= (await work.rows.find(wanted, wanted.signal))?.content ?? null;
    const sink = digestSink();
    const read =
      content === null
        ? undefined
        : await readOnce(work, { content, take: sink.take, signal: wanted.signal });
    const found = read?.kind === 'read' ? sink.finish(read.sizeBytes) : undefined;
    if (found?.sha256 === wanted.sha256 && content?.sizeBytes === wanted.sizeBytes) return;
    const failure = read?.kind === 'failed' ? read : undefined;
    if (attempt === MOST_ATTEMPTS || failure?.remedy === 'none')
      throw failure?.error ?? storedDiffers(wanted, found);
    await waitAfter(work, attempt, { waitMs: failure?.waitMs ?? null, signal: wanted.signal });
    content = null;
  }
}

function readOnce(
  work: AssetWork,
  {
    content,
    take,
    signal,
  }: {
    readonly content: AssetContent;
    readonly take: (chunk: Uint8Array) => void;
    readonly signal: AbortSignal;
  },
): Promise<ContentRead> {
  const call = { url: content.href, silenceMs: work.silenceMs, signal };
  return work.transfers.use(() => readContent(call, take), signal);
}
