import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, open, rm, stat, writeFile } from 'node:fs/promises';
import { integrityBroken } from '@osrel/core';
import { z } from 'zod';
import { isMissing } from '../if-present.ts';
import { makeFolder } from './atomic-file.ts';
import { digestFile, digestWhile, type FileDigest } from './file-digest.ts';
import { isUnsupported, writeError } from './file-errors.ts';
import { removeStaleTemporaries, temporaryPath } from './temporary-file.ts';

/** What was announced about a file that the world takes over, and how messages call it. */
export interface Announced extends FileDigest {
  /** Absolute path. */
  readonly file: string;
  /** `object "images/x/VERSION"`. */
  readonly what: string;
}

/** Tells without reading whether a file is still the one whose digest is known. */
export const fingerprintSchema = z.object({
  inode: z.string(),
  modifiedNs: z.string(),
  sizeBytes: z.number().int().nonnegative(),
});
export type Fingerprint = z.infer<typeof fingerprintSchema>;

/** The fingerprint of a regular file; undefined when there is none. */
export async function findFingerprint(path: string): Promise<Fingerprint | undefined> {
  try {
    const found = await stat(path, { bigint: true });
    if (!found.isFile()) return undefined;
    return { inode: String(found.ino), modifiedNs: String(found.mtimeNs), sizeBytes: Number(found.size) };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

export function isSameFingerprint(a: Fingerprint, b: Fingerprint): boolean {
  return a.inode === b.inode && a.modifiedNs === b.modifiedNs && a.sizeBytes === b.sizeBytes;
}

/**
 * Copies a file into `folder` under a temporary name and checks that size and sha256 are what was announced;
 * answers the temporary path, its content on disk. A copy, never a hard link: a later edit of the source must not
 * change what is published. Throws integrity `content.differs`; leaves nothing behind when it throws.
 */
export async function takeCopy(announced: Announced, folder: string, signal?: AbortSignal): Promise<string> {
  await makeFolder(folder);
  await removeStaleTemporaries(folder);
  const temporary = temporaryPath(folder);
  try {
    checkAnnounced(announced, await copyAndDigest(announced.file, temporary, signal));
    return temporary;
  } catch (error) {
    await rm(temporary, { force: true });
    throw isMissing(error) ? sourceMissing(announced, error) : writeError(error, temporary);
  }
}

/** The same for a text: its temporary path and digest. */
export async function takeText(
  text: string,
  folder: string,
): Promise<FileDigest & { readonly temporary: string }> {
  await makeFolder(folder);
  await removeStaleTemporaries(folder);
  const temporary = temporaryPath(folder);
  try {
    await writeFile(temporary, text, { flag: 'wx', flush: true });
  } catch (error) {
    await rm(temporary, { force: true });
    throw writeError(error, temporary);
  }
  const bytes = Buffer.from(text);
  return { temporary, sizeBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

async function copyAndDigest(source: string, target: string, signal?: AbortSignal): Promise<FileDigest> {
  try {
    await copyFile(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
  } catch (error) {
    if (!isUnsupported(error)) throw error;
    await rm(target, { force: true });
    return streamCopy(source, target, signal);
  }
  const clone = await open(target, 'r+');
  try {
    await clone.sync();
  } finally {
    await clone.close();
  }
  return digestFile(target, signal);
}

/** One read and one write of every byte; the digest is of the bytes that were written. */
async function streamCopy(source: string, target: string, signal?: AbortSignal): Promise<FileDigest> {
  const input = await open(source, 'r');
  try {
    const output = await open(target, 'wx');
    try {
      const digest = await digestWhile(input, (chunk) => output.writeFile(chunk), signal);
      await output.sync();
      return digest;
    } finally {
      await output.close();
    }
  } finally {
    await input.close();
  }
}

function checkAnnounced(announced: Announced, found: FileDigest): void {
  if (found.sizeBytes === announced.sizeBytes && found.sha256 === announced.sha256) return;
  throw integrityBroken(
    'content.differs',
    `${announced.what}: ${announced.file} has ${found.sizeBytes} bytes and sha256 ${found.sha256}, announced were ${announced.sizeBytes} bytes and ${announced.sha256}`,
    { hint: 'the file changed after it was digested; run the step that makes it again' },
  );
}

function sourceMissing(announced: Announced, cause: unknown): unknown {
  return integrityBroken('content.missing', `${announced.what}: ${announced.file} does not exist`, {
    hint: 'run the step that makes it again',
    cause,
  });
}
