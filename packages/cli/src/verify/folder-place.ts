import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { badUsage } from '@osrel/core';
import type { VersionPlace } from './version-place.ts';

const CHUNK_BYTES = 1024 * 1024;

/** A folder on this machine. Throws usage `verify.not-found` when there is none. */
export async function openFolderPlace(directory: string, name: string): Promise<VersionPlace> {
  const found = await unlessMissing(lstat(directory));
  if (found?.isDirectory() !== true) {
    throw badUsage('verify.not-found', `${name} is no folder`, {
      hint: 'name the folder of a version: deploy/<device type>/<version>',
    });
  }
  return {
    name,
    canList: true,
    list: async () => {
      const entries = await readdir(directory, { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => !entry.isDirectory())
        .map((entry) => relative(directory, join(entry.parentPath, entry.name)).split(sep).join('/'));
    },
    findText: (file) => unlessMissing(readFile(join(directory, file), 'utf8')),
    findDigest: (file, signal) => unlessMissing(digestFile(join(directory, file), signal)),
  };
}

async function digestFile(file: string, signal: AbortSignal) {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES, signal })) {
    hash.update(chunk);
    sizeBytes += chunk.length;
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined;
    throw error;
  }
}
