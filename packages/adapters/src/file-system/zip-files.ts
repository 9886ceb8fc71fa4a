import { createReadStream } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { crc32, createDeflateRaw } from 'node:zlib';
import { digestFile, type FileDigest } from './file-digest.ts';
import { centralRecord, endRecords, LOCAL_BYTES, localRecord, type ZipEntry } from './zip-records.ts';

export interface ZipFilesRequest {
  /** Paths inside the archive, posix, and the absolute paths of their content. */
  readonly files: readonly { readonly path: string; readonly source: string }[];
  /** Absolute path of the archive to make; must not exist. On disk when the call returns. */
  readonly target: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes a zip archive so that equal content gives equal bytes on any machine: entries sorted by code unit, the oldest
 * time there is, modes 755 or 644, deflate. Files and archives of 4 GiB and more take zip64.
 */
export async function zipFiles({ files, target, signal }: ZipFilesRequest): Promise<FileDigest> {
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const output = await open(target, 'wx+');
  try {
    const entries: ZipEntry[] = [];
    let offset = 0;
    for (const { path, source } of sorted) {
      const { entry, end } = await writeEntry(output, { path, source, offset, signal });
      entries.push(entry);
      offset = end;
    }
    const central = Buffer.concat(entries.map(centralRecord));
    await writeAll(output, central, offset);
    await writeAll(
      output,
      endRecords({ entries: entries.length, offset, sizeBytes: central.length }),
      offset + central.length,
    );
    await output.sync();
  } finally {
    await output.close();
  }
  return digestFile(target, signal);
}

/** Content first, because only then its header is known. */
async function writeEntry(
  output: FileHandle,
  {
    path,
    source,
    offset,
    signal,
  }: {
    readonly path: string;
    readonly source: string;
    readonly offset: number;
    readonly signal: AbortSignal | undefined;
  },
): Promise<{ readonly entry: ZipEntry; readonly end: number }> {
  const { size, mode } = await stat(source);
  const start = offset + LOCAL_BYTES + Buffer.byteLength(path);
  let crc = 0;
  let plainBytes = 0;
  let end = start;
  const plain = createReadStream(source, {
    highWaterMark: 1024 * 1024,
    ...(signal === undefined ? {} : { signal }),
  });
  plain.on('data', (chunk) => {
    if (typeof chunk === 'string') return;
    crc = crc32(chunk, crc);
    plainBytes += chunk.length;
  });
  const deflate = createDeflateRaw({ level: 6, chunkSize: 256 * 1024 });
  plain.on('error', (error) => deflate.destroy(error));
  for await (const chunk of plain.pipe(deflate)) {
    await writeAll(output, chunk, end);
    end += chunk.length;
  }
  if (plainBytes !== size) throw new Error(`${source} changed while it was packed`);
  const isExecutable = (mode & 0o100) !== 0;
  const entry: ZipEntry = { path, crc, plainBytes, packedBytes: end - start, offset, isExecutable };
  await writeAll(output, localRecord(entry), offset);
  return { entry, end };
}

async function writeAll(output: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await output.write(bytes, written, bytes.length - written, position + written)).bytesWritten;
  }
}
