import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { isMissingFile } from './missing-file.ts';

/** What is in the folder; nothing when there is no such folder. */
export async function listEntries(folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isMissingFile(error)) return [];
    throw error;
  }
}
