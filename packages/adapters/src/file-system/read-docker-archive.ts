import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { integrityBroken, type OsrelError } from '@osrel/core';
import { extract } from 'tar-stream';
import { z } from 'zod';
import { isMissing } from '../if-present.ts';

/** Where the content of one file lies inside the archive, in bytes. */
export interface ArchiveRange {
  readonly name: string;
  readonly offset: number;
  readonly sizeBytes: number;
}

/** A docker archive's one image, read but not trusted: layers are ranges to be digested. */
export interface DockerArchive {
  readonly config: ArchiveRange;
  readonly configText: string;
  /** Base layer first. */
  readonly layers: readonly ArchiveRange[];
  /** `sha256:<hex>` of each uncompressed layer, as the config promises. */
  readonly diffIds: readonly string[];
}

const LARGEST_JSON_BYTES = 16 * 1024 * 1024;
/** An entry's content follows its header block. */
const TAR_HEADER_BYTES = 512;

const manifestSchema = z.array(z.object({ Config: z.string(), Layers: z.array(z.string()) }));
const configSchema = z.object({
  rootfs: z.object({ diff_ids: z.array(z.string().regex(/^sha256:[0-9a-f]{64}$/)) }),
});

/**
 * Reads the index of a docker archive (an uncompressed tar with manifest.json, as `docker save` writes it).
 * Throws integrity `image.archive-damaged` naming the file and what is missing or malformed.
 */
export async function readDockerArchive(file: string): Promise<DockerArchive> {
  const entries = await indexTar(file);
  const find = (name: string) => findRange(entries, name);
  const get = (name: string, role: string) => {
    const range = find(name);
    if (range === undefined)
      throw archiveDamaged(file, `its ${role} "${name}" is missing; the archive may be cut short`);
    return range;
  };
  const images = await readJson(file, get('manifest.json', 'index'), manifestSchema);
  const [image] = images.value;
  if (image === undefined || images.value.length > 1) {
    throw archiveDamaged(file, `manifest.json lists ${images.value.length} images, one is needed`);
  }
  const config = get(image.Config, 'image config');
  const { value, text } = await readJson(file, config, configSchema);
  const diffIds = value.rootfs.diff_ids;
  if (diffIds.length !== image.Layers.length) {
    throw archiveDamaged(
      file,
      `manifest.json lists ${image.Layers.length} layers, the image config ${diffIds.length}`,
    );
  }
  const layers = image.Layers.map((name, index) => get(name, `layer ${index + 1} of ${diffIds.length}`));
  return { config, configText: text, layers, diffIds };
}

export function archiveDamaged(file: string, what: string, cause?: unknown): OsrelError {
  return integrityBroken('image.archive-damaged', `docker archive ${file} is damaged: ${what}`, {
    hint: 'build the image again',
    cause,
  });
}

type TarEntry = { readonly range: ArchiveRange } | { readonly link: string };

/** Every file and link of the tar, by normal path. The content is skipped, not kept. */
async function indexTar(file: string): Promise<ReadonlyMap<string, TarEntry>> {
  const entries = new Map<string, TarEntry>();
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
  try {
    await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), reader);
  } catch (error) {
    if (isMissing(error)) throw archiveDamaged(file, 'the file does not exist', error);
    throw archiveDamaged(file, error instanceof Error ? error.message : String(error), error);
  }
  return entries;
}

/** The file of that name; links inside the archive are followed a few times, never out of it. */
function findRange(entries: ReadonlyMap<string, TarEntry>, name: string): ArchiveRange | undefined {
  let entry = entries.get(posix.normalize(name));
  for (let hops = 0; entry !== undefined && 'link' in entry && hops < 8; hops += 1)
    entry = entries.get(entry.link);
  return entry !== undefined && 'range' in entry ? entry.range : undefined;
}

async function readJson<Value>(file: string, range: ArchiveRange, schema: z.ZodType<Value>) {
  if (range.sizeBytes > LARGEST_JSON_BYTES)
    throw archiveDamaged(file, `${range.name} has ${range.sizeBytes} bytes`);
  const text = await readRange(file, range);
  try {
    return { text, value: schema.parse(JSON.parse(text)) };
  } catch (error) {
    throw archiveDamaged(file, `${range.name} is malformed`, error);
  }
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
