import { realpath, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { IncomingFiles, ReleaseManifest } from '@osrel/core';
import { makeFolder, moveIntoPlace } from './atomic-file.ts';
import { findFileDefect } from './file-defect.ts';
import { writeError } from './file-errors.ts';
import { linkOrCopy } from './place-file.ts';
import { removeUnlisted } from './remove-unlisted.ts';
import { temporaryPath } from './temporary-file.ts';

/**
 * The folder `.incoming-<version>` beside the version's own, the same for every call: what a cut call had brought is
 * there for the next one. On the same file system as the deploy folder, so that staging from it only links.
 */
export async function prepareIncoming(
  directory: string,
  { files }: ReleaseManifest,
  signal: AbortSignal | undefined,
): Promise<IncomingFiles> {
  const incoming = incomingOf(directory);
  await makeFolder(incoming);
  await removeUnlisted(incoming, new Set(files.map(({ name }) => name)));
  const present: string[] = [];
  for (const file of files) {
    signal?.throwIfAborted();
    await makeFolder(dirname(join(incoming, file.name)));
    if (await isWhole(incoming, file, signal)) present.push(file.name);
    else if (await isWhole(directory, file, signal)) {
      await takeOver(join(directory, file.name), join(incoming, file.name));
      present.push(file.name);
    }
  }
  return { directory: incoming, present };
}

/** Removes the folder with all that is in it. */
export function removeIncoming(directory: string): Promise<void> {
  return rm(incomingOf(directory), { recursive: true, force: true });
}

function incomingOf(directory: string): string {
  return join(dirname(directory), `.incoming-${basename(directory)}`);
}

async function isWhole(...question: Parameters<typeof findFileDefect>): Promise<boolean> {
  return (await findFileDefect(...question)) === undefined;
}

async function takeOver(source: string, target: string): Promise<void> {
  const temporary = temporaryPath(dirname(target));
  try {
    await linkOrCopy(await realpath(source), temporary);
    await moveIntoPlace(temporary, target);
  } catch (error) {
    throw writeError(error, target);
  } finally {
    await rm(temporary, { force: true });
  }
}
