import { constants } from 'node:fs';
import { copyFile, link, open, realpath, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Placement, StagedArtifact, StagedFile } from '@osrel/core';
import { type BeforeCommit, makeFolder, moveIntoPlace } from './atomic-file.ts';
import { digestFile } from './file-digest.ts';
import { isUnsupported, writeError } from './file-errors.ts';
import { packFolder } from './pack-folder.ts';
import { findFingerprint, takeText } from './stored-content.ts';
import { temporaryPath } from './temporary-file.ts';
import { zipFiles } from './zip-files.ts';

export interface PlaceOptions {
  /** Absolute path of the folder that the file's name is relative to. */
  readonly directory: string;
  readonly beforeCommit?: BeforeCommit | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Places one file under its name and digests it once. It is linked where the file system can, else cloned or
 * copied; the name shows the whole file or nothing, the commit point is the rename.
 */
export async function placeFile(
  file: StagedFile,
  { directory, beforeCommit, signal }: PlaceOptions,
): Promise<StagedArtifact> {
  const target = join(directory, file.name);
  const folder = dirname(target);
  await makeFolder(folder);
  const temporary = temporaryPath(folder);
  try {
    const prepared = await prepare(file, temporary, signal);
    await moveIntoPlace(temporary, target, beforeCommit);
    return { name: file.name, ...prepared };
  } catch (error) {
    throw writeError(error, target);
  } finally {
    // A rename onto another link of the same file does nothing and leaves the temporary name.
    await rm(temporary, { force: true });
  }
}

async function prepare(
  file: StagedFile,
  temporary: string,
  signal?: AbortSignal,
): Promise<Omit<StagedArtifact, 'name'>> {
  const written = { placement: 'written', droppedLinks: 0 } as const;
  switch (file.kind) {
    case 'text': {
      const { temporary: taken, ...digest } = await takeText(file.text, dirname(temporary));
      await moveIntoPlace(taken, temporary);
      return { ...digest, ...written };
    }
    case 'archive':
      return { ...written, ...(await packFolder({ ...file, target: temporary, signal })) };
    case 'zip':
      return { ...written, ...(await zipFiles({ files: file.files, target: temporary, signal })) };
    case 'file': {
      const placement = await linkOrCopy(await realpath(file.source), temporary);
      return { ...(await digestFile(temporary, signal)), placement, droppedLinks: 0 };
    }
  }
}

/**
 * A hard link where both are on one file system that has links, else a clone (reflink), else a copy; says which. The
 * content is on disk afterwards.
 */
export async function linkOrCopy(source: string, target: string): Promise<Placement> {
  const placement = await placeContent(source, target);
  const handle = await open(target, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  return placement;
}

async function placeContent(source: string, target: string): Promise<Placement> {
  try {
    await link(source, target);
    return 'linked';
  } catch (error) {
    if (!isUnsupported(error)) throw error;
  }
  try {
    await copyFile(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
    return 'cloned';
  } catch (error) {
    if (!isUnsupported(error)) throw error;
  }
  await copyFile(source, target, constants.COPYFILE_EXCL);
  return 'copied';
}

/** What is wrong with the source of a staged file; undefined when it can be placed. */
export async function findSourceDefect(file: StagedFile): Promise<string | undefined> {
  if (file.kind === 'text') return undefined;
  if (file.kind === 'file') return findFileDefect(file.source);
  if (file.kind === 'zip') {
    const defects = await Promise.all(file.files.map(({ source }) => findFileDefect(source)));
    return defects.find((defect) => defect !== undefined);
  }
  const found = await stat(file.source).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  return found ? undefined : `${file.source} does not exist or is no folder`;
}

async function findFileDefect(source: string): Promise<string | undefined> {
  const found = await findFingerprint(source);
  return found === undefined ? `${source} does not exist or is no file` : undefined;
}
