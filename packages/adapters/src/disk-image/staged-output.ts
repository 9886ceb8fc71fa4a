import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { conflict, notPermitted, OsrelError, toolFailed } from '@osrel/core';

/** Opens a file for writing, empty; a test gives one that meets a full disk. */
export type OpenForWriting = (path: string) => Promise<FileHandle>;

/** A part being written; bytes are in the file only after `close`. */
export interface StagedPart {
  append(bytes: Buffer): Promise<void>;
  /** Flushes to disk and closes. */
  close(): Promise<void>;
  /** Closes without flushing: the file is going to be removed. Does not throw. */
  drop(): Promise<void>;
}

/** Outputs under temporary names, which `commit` gives their final ones. */
export interface StagedOutput {
  openPart(filename: string): Promise<StagedPart>;
  /** Puts the parts, the block map and then the manifest in place of an earlier result. */
  commit(texts: { readonly manifest: string; readonly blockMap: string }): Promise<void>;
  /** Removes everything temporary. */
  discard(): Promise<void>;
}

export interface StagedOutputRequest {
  readonly outputDirectory: string;
  /** Final names below the output folder. */
  readonly names: { readonly manifest: string; readonly parts: string; readonly blockMap: string };
  readonly openForWriting: OpenForWriting;
}

/**
 * Makes the output folder and an empty temporary folder in it; what a crashed run left there is removed.
 * All of its functions throw `disk.full` (tool) when there is no room and `output.not-writable` (permission).
 */
export async function createStagedOutput(request: StagedOutputRequest): Promise<StagedOutput> {
  const { outputDirectory, names, openForWriting } = request;
  const stagedParts = join(outputDirectory, `.${names.parts}.partial`);
  const stagedManifest = join(outputDirectory, `.${names.manifest}.partial`);
  const stagedBlockMap = join(outputDirectory, `.${names.blockMap}.partial`);
  const discard = async () => {
    await rm(stagedParts, { recursive: true, force: true });
    await rm(stagedManifest, { force: true });
    await rm(stagedBlockMap, { force: true });
  };
  await explainFailure(outputDirectory, async () => {
    await mkdir(outputDirectory, { recursive: true });
    await refuseForeignFiles(join(outputDirectory, names.parts));
    await discard();
    await mkdir(stagedParts);
  });
  return {
    openPart: (filename) => openStagedPart(join(stagedParts, filename), openForWriting),
    commit: ({ manifest, blockMap }) =>
      explainFailure(outputDirectory, async () => {
        await syncDirectory(stagedParts);
        await writeDurably(stagedManifest, manifest, openForWriting);
        await writeDurably(stagedBlockMap, blockMap, openForWriting);
        // The manifest goes first and comes last: there is never one beside parts that are not its own.
        await rm(join(outputDirectory, names.manifest), { force: true });
        await rm(join(outputDirectory, names.parts), { recursive: true, force: true });
        await rename(stagedParts, join(outputDirectory, names.parts));
        await rename(stagedBlockMap, join(outputDirectory, names.blockMap));
        await syncDirectory(outputDirectory);
        await rename(stagedManifest, join(outputDirectory, names.manifest));
        await syncDirectory(outputDirectory);
      }),
    discard,
  };
}

async function openStagedPart(path: string, openForWriting: OpenForWriting): Promise<StagedPart> {
  const handle = await explainFailure(path, () => openForWriting(path));
  return {
    append: (bytes) => explainFailure(path, () => appendAll(handle, bytes)),
    close: () =>
      explainFailure(path, async () => {
        try {
          await handle.sync();
        } finally {
          await handle.close();
        }
      }),
    drop: () => handle.close().catch(() => undefined),
  };
}

async function appendAll(handle: FileHandle, bytes: Buffer): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, written);
    written += bytesWritten;
  }
}

async function writeDurably(path: string, text: string, openForWriting: OpenForWriting): Promise<void> {
  const file = await openStagedPart(path, openForWriting);
  try {
    await file.append(Buffer.from(text));
  } catch (error) {
    await file.drop();
    throw error;
  }
  await file.close();
}

/** The folder is replaced as a whole: anything that osrel did not write in it must not vanish with it. */
async function refuseForeignFiles(partsDirectory: string): Promise<void> {
  const names = await readdir(partsDirectory).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  });
  const foreign = names.filter((name) => !/^part-\d+\.deflate$/.test(name));
  if (foreign.length === 0) return;
  throw conflict('image.parts-directory-foreign', `${partsDirectory} holds ${foreign.join(', ')}`, {
    hint: 'move these files away, or choose another output folder: the folder would be replaced',
  });
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function explainFailure<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OsrelError) throw error;
    const code = errorCode(error);
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      throw toolFailed('disk.full', `no room left on the disk while writing ${path}`, {
        hint: 'free some space or choose another output folder, then run again; nothing half-written is left',
        cause: error,
      });
    }
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
      throw notPermitted('output.not-writable', `${path} cannot be written by this user (${code})`, {
        cause: error,
      });
    }
    throw error;
  }
}

const errorCode = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;
