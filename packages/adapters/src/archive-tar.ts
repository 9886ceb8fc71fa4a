import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { integrityBroken, type OsrelError } from '@osrel/core';
import { extract } from 'tar-stream';
import type { z } from 'zod';
import { isMissing } from './if-present.ts';

/** Where the content of one file lies inside the archive, in bytes. */
export interface ArchiveRange {
  readonly name: string;
  readonly offset: number;
  readonly sizeBytes: number;
}

/** Every file of an uncompressed tar by its place, and the digest of the whole. */
export interface ArchiveTar {
  readonly file: string;
  readonly sizeBytes: number;
  /** Lower-case hex, of every byte of the file. */
  readonly sha256: string;
  /** The file of that name; links inside the archive are followed a few times, never out of it. */
  readonly find: (name: string) => ArchiveRange | undefined;
}

type TarEntry = { readonly range: ArchiveRange } | { readonly link: string };

const LARGEST_JSON_BYTES = 16 * 1024 * 1024;
/** An entry's content follows its header block. */
const TAR_HEADER_BYTES = 512;

/**
 * Reads a tar once, from its first byte to its last; content is digested and skipped, not kept. Throws integrity
 * `image.archive-damaged` naming the file and what is wrong, and the signal's reason when aborted.
 */
export async function indexArchiveTar(file: string, signal?: AbortSignal): Promise<ArchiveTar> {
  const entries = new Map<string, TarEntry>();
  const hash = createHash('sha256');
  let sizeBytes = 0;
  try {
    await pipeline(
      createReadStream(file, { highWaterMark: 1024 * 1024 }),
      async function* digest(chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          sizeBytes += chunk.length;
          yield chunk;
        }
      },
      collectEntries(entries),
      signal === undefined ? {} : { signal },
    );
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    if (isMissing(error)) throw archiveDamaged(file, 'the file does not exist', error);
    throw archiveDamaged(file, error instanceof Error ? error.message : String(error), error);
  }
  return { file, sizeBytes, sha256: hash.digest('hex'), find: (name) => findRange(entries, name) };
}

/** Integrity `image.archive-damaged`: the archive is not what it should be. */
export function archiveDamaged(file: string, what: string, cause?: unknown): OsrelError {
  return integrityBroken('image.archive-damaged', `docker archive ${file} is damaged: ${what}`, {
    hint: 'build the image again',
    cause,
  });
}

/** A JSON file of the archive, as text and checked. Throws integrity `image.archive-damaged`. */
export async function readArchiveJson<Value>(
  file: string,
  range: ArchiveRange,
  schema: z.ZodType<Value>,
): Promise<{ readonly text: string; readonly value: Value }> {
  if (range.sizeBytes > LARGEST_JSON_BYTES)
    throw archiveDamaged(file, `${range.name} has ${range.sizeBytes} bytes`);
  const text = await readRange(file, range);
  try {
    return { text, value: schema.parse(JSON.parse(text)) };
  } catch (error) {
    throw archiveDamaged(file, `${range.name} is malformed`, error);
  }
}

function collectEntries(entries: Map<string, TarEntry>) {
  const reader = extract();
  reader.on('entry', (header, stream, next) => {
    const name = posix.normalize(header.name);
    if (header.type === 'file' || header.type === 'contiguous-file') {
      entries.set(name, {
        range: { name, offset: stream.offset + TAR_HEADER_BYTES, sizeBytes: header.size },
      });
    } else if (header.type === 'symlink') {
      entries.set(name, { link: posix.join(posix.dirname(name), header.linkname) });
    } else if (header.type === 'link') entries.set(name, { link: posix.normalize(header.linkname) });
    stream.on('end', () => next());
    // The pipeline reports it; without a listener here it would end the process.
    stream.on('error', () => {});
    stream.resume();
  });
  return reader;
}

function findRange(entries: ReadonlyMap<string, TarEntry>, name: string): ArchiveRange | undefined {
  let entry = entries.get(posix.normalize(name));
  for (let hops = 0; entry !== undefined && 'link' in entry && hops < 8; hops += 1)
    entry = entries.get(entry.link);
  return entry !== undefined && 'range' in entry ? entry.range : undefined;
}

async function readRange(file: string, { name, offset, sizeBytes }: ArchiveRange): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(sizeBytes), 0, sizeBytes, offset);
    if (bytesRead !== sizeBytes) throw archiveDamaged(file, `${name} is cut short`);
    return buffer.toString('utf8');
  } finally {
    await handle.close();
  }
}
