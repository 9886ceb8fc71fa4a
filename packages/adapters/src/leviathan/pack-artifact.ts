import { createHash } from 'node:crypto';
import { lstat, open, readdir, readlink } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { integrityBroken, type OsrelError } from '@osrel/core';
import { type Header, type Pack, pack } from 'tar-stream';
import { isMissing } from '../if-present.ts';
import type { ReadyFile } from './leviathan-parts.ts';

/** What is sent for one upload request. */
export type ArtifactContent =
  | { readonly kind: 'file'; readonly file: ReadyFile }
  | { readonly kind: 'folder'; readonly directory: string; readonly md5: string }
  /** No characters: the empty file that a suite gets for what it does not need. */
  | { readonly kind: 'text'; readonly text: string };

export interface PackedArtifact {
  /** The tar, uncompressed. */
  readonly tar: Pack;
  /** Bytes of content, for a percentage; null where they are not known before. */
  readonly sizeBytes: number | null;
  /** What the content could not be read for, integrity `lab.sent-other-bytes` for one; undefined as long as it can. */
  readonly failure: () => { readonly error: unknown } | undefined;
}

const OWNERLESS = { mtime: new Date(0), uid: 0, gid: 0, uname: '', gname: '' };
/** Never sent: the suite's dependencies are installed where it runs (leviathan 3.3). */
const NOT_SENT = 'node_modules';
const READ_BYTES = 1024 * 1024;

/** A tar whose only root is `name`: the core unpacks it as it is (leviathan 3.3). */
export function packArtifact(name: string, content: ArtifactContent): PackedArtifact {
  const tar = pack();
  let failure: { readonly error: unknown } | undefined;
  fill(tar, name, content).then(
    () => tar.finalize(),
    (error: unknown) => {
      if (error instanceof UnreadableContent) failure = { error: error.cause };
      tar.destroy(new Error('the content cannot be read', { cause: error }));
    },
  );
  // Whoever reads the tar sees it; nobody has to.
  tar.on('error', () => {});
  return { tar, sizeBytes: sizeOf(content), failure: () => failure };
}

function sizeOf(content: ArtifactContent): number | null {
  switch (content.kind) {
    case 'file':
      return content.file.sizeBytes;
    case 'folder':
      return null;
    case 'text':
      return Buffer.byteLength(content.text);
  }
}

/** The fault is with the content, not with whoever takes the tar. */
class UnreadableContent extends Error {
  override readonly name = 'UnreadableContent';
}

async function reading<Value>(read: () => Promise<Value>): Promise<Value> {
  try {
    return await read();
  } catch (cause) {
    throw new UnreadableContent('the content cannot be read', { cause });
  }
}

async function fill(tar: Pack, name: string, content: ArtifactContent): Promise<void> {
  switch (content.kind) {
    case 'file':
      return addReadyFile(tar, name, content.file);
    case 'folder':
      return addFolder(tar, content.directory, name);
    case 'text':
      tar.entry({ ...OWNERLESS, name, mode: 0o600 }, content.text);
  }
}

/** Digested again on its way out: what a receipt names is what the rig got. */
async function addReadyFile(tar: Pack, name: string, { path, sizeBytes, md5 }: ReadyFile): Promise<void> {
  const hash = createHash('md5');
  await addFile(tar, {
    path,
    header: { ...OWNERLESS, name, size: sizeBytes, mode: 0o644 },
    onChunk: (chunk, isLast) => {
      hash.update(chunk);
      if (isLast && hash.digest('hex') !== md5) throw inputChanged(path);
    },
  });
}

interface FileToAdd {
  readonly path: string;
  readonly header: Partial<Header> & Pick<Header, 'name' | 'size'>;
  /** May throw to keep this chunk back. */
  readonly onChunk?: (chunk: Uint8Array, isLast: boolean) => void;
}

/** Announced in the header, and so exactly as many bytes: throws when there are more or fewer. */
async function addFile(tar: Pack, { path, header, onChunk }: FileToAdd): Promise<void> {
  const { size } = header;
  const handle = await reading(() => open(path, 'r').catch((error: unknown) => refuseMissing(path, error)));
  try {
    const sink = tar.entry(header);
    // It is destroyed with the archive, which is where that is looked at.
    sink.on('error', () => {});
    let readBytes = 0;
    do {
      const chunk = await reading(async () => {
        // One byte more than announced shows a file that has grown.
        const wanted = Math.min(READ_BYTES, size - readBytes + 1);
        const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(wanted), 0, wanted);
        readBytes += bytesRead;
        if (readBytes > size || (bytesRead === 0 && readBytes < size)) throw inputChanged(path);
        const read = buffer.subarray(0, bytesRead);
        onChunk?.(read, readBytes === size);
        return read;
      });
      await write(sink, chunk);
    } while (readBytes < size);
    sink.end(null);
  } finally {
    await handle.close();
  }
}

async function write(sink: ReturnType<Pack['entry']>, chunk: Uint8Array): Promise<void> {
  if (sink.destroyed) throw new Error('the archive was given up');
  if (sink.write(chunk)) return;
  await new Promise<void>((resolve) => {
    sink.once('drain', () => resolve());
    sink.once('close', () => resolve());
  });
}

function refuseMissing(path: string, error: unknown): never {
  throw isMissing(error) ? inputChanged(path) : error;
}

function inputChanged(path: string): OsrelError {
  return integrityBroken('lab.sent-other-bytes', `${path} changed while it was sent to the test rig`, {
    hint: 'let nothing write there while tests run, then run the command again',
  });
}

/** Links are sent as links. The folder itself may lie below a `node_modules`. */
async function addFolder(tar: Pack, directory: string, name: string): Promise<void> {
  tar.entry({ ...OWNERLESS, name, type: 'directory', mode: 0o755 });
  const entries = await reading(() => readdir(directory));
  for (const entry of entries.filter((each) => each !== NOT_SENT).sort()) {
    await addEntry(tar, join(directory, entry), posix.join(name, entry));
  }
}

async function addEntry(tar: Pack, path: string, name: string): Promise<void> {
  const found = await reading(() => lstat(path));
  if (found.isDirectory()) return addFolder(tar, path, name);
  if (found.isSymbolicLink()) {
    const linkname = await reading(() => readlink(path));
    tar.entry({ ...OWNERLESS, name, type: 'symlink', mode: 0o777, linkname });
    return;
  }
  // Sockets and pipes that an editor or a build left there.
  if (!found.isFile()) return;
  const mode = (found.mode & 0o100) === 0 ? 0o644 : 0o755;
  await addFile(tar, { path, header: { ...OWNERLESS, name, size: found.size, mode } });
}
