import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Artifact, checkArtifactName, hexOfDigest } from '@osrel/core';
import { isMissing } from '../if-present.ts';
import { digestFile } from './file-digest.ts';

/** What is wrong with a file of a release below `directory`, by size and digest; undefined when it is as listed. */
export async function findFileDefect(
  directory: string,
  file: Pick<Artifact, 'name' | 'sizeBytes' | 'digest'>,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const path = join(directory, checkArtifactName(file.name));
  try {
    const entry = await lstat(path);
    if (!entry.isFile()) return 'is no regular file';
    if (entry.size !== file.sizeBytes) return `has ${entry.size} bytes, the manifest says ${file.sizeBytes}`;
    const { sha256 } = await digestFile(path, signal);
    const expected = hexOfDigest(file.digest);
    return sha256 === expected ? undefined : `has sha256 ${sha256}, the manifest says ${expected}`;
  } catch (error) {
    if (isMissing(error)) return 'is missing';
    throw error;
  }
}
