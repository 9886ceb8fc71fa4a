import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rename, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, hexOfDigest, parseDigest } from '@osrel/core';
import { isMissing, listEntries } from '../if-present.ts';
import type { BlobName } from './find-blob.ts';

export interface PackedLayer {
  readonly path: string;
  /** `sha256:<hex>` of the file. */
  readonly digest: string;
  readonly sizeBytes: number;
}

/** What an interrupted push left is worth this many milliseconds. */
const KEPT_MS = 7 * 24 * 3600 * 1000;
const NAME = /^([0-9a-f]{64})\.([0-9a-f]{64})\.gz$/;
const SENT = /^([0-9a-f]{64})\.([0-9a-f]{64})\.(\d{1,15})\.sent$/;

/** The name says what the file holds: digest of the content, digest of the packed bytes. */
export function packedLayerName(diffId: string, digest: string): string {
  return `${hexOfDigest(parseDigest(diffId))}.${hexOfDigest(parseDigest(digest))}.gz`;
}

/** The layer as an interrupted push packed it, if it is there and whole. */
export async function findPackedLayer(
  folder: string,
  diffId: string,
  signal?: AbortSignal,
): Promise<PackedLayer | undefined> {
  for (const { name } of await listEntries(folder)) {
    const [, content, packed] = NAME.exec(name) ?? [];
    if (`sha256:${content}` !== diffId || packed === undefined) continue;
    const path = join(folder, name);
    const found = await digestFile(path, signal);
    if (found?.digest === `sha256:${packed}`) return { path, ...found };
    await rm(path, { force: true });
  }
  return undefined;
}

/** The layer as an earlier push packed and sent it, if one did: a registry that has that blob needs no other. */
export async function findSentLayer(folder: string, diffId: string): Promise<BlobName | undefined> {
  for (const { name } of await listEntries(folder)) {
    const [, content, packed, size] = SENT.exec(name) ?? [];
    if (`sha256:${content}` === diffId) return { digest: `sha256:${packed}`, sizeBytes: Number(size) };
  }
  return undefined;
}

/** Frees the disk of a packed layer that a registry has; its name is remembered. */
export async function rememberSentLayer({ path, sizeBytes }: PackedLayer): Promise<void> {
  try {
    await truncate(path);
    await rename(path, path.replace(/gz$/, `${sizeBytes}.sent`));
  } catch (error) {
    // Another push of the same layer was faster.
    if (!isMissing(error)) throw error;
  }
}

/** Removes what interrupted pushes left and nobody came back for. */
export async function removeOldLayers(folder: string, clock: Clock): Promise<void> {
  const oldest = Date.parse(clock.now()) - KEPT_MS;
  for (const name of await listNames(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
    if (found !== undefined && found.mtimeMs < oldest) await rm(path, { force: true });
  }
}

async function listNames(folder: string): Promise<readonly string[]> {
  const above = (await listEntries(folder)).filter((entry) => entry.isFile()).map(({ name }) => name);
  const notes = (await listEntries(join(folder, 'uploads'))).map(({ name }) => join('uploads', name));
  return [...above.filter((name) => NAME.test(name) || SENT.test(name) || name.endsWith('.tmp')), ...notes];
}

async function digestFile(path: string, signal?: AbortSignal) {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  try {
    const chunks = createReadStream(path, {
      highWaterMark: 1024 * 1024,
      ...(signal === undefined ? {} : { signal }),
    });
    for await (const chunk of chunks as AsyncIterable<Uint8Array>) {
      hash.update(chunk);
      sizeBytes += chunk.length;
    }
  } catch (error) {
    // Another push of the same layer has finished and removed it.
    if (isMissing(error)) return undefined;
    throw error;
  }
  return { digest: `sha256:${hash.digest('hex')}`, sizeBytes };
}
