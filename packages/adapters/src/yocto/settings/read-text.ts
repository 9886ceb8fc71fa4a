import { readFile } from 'node:fs/promises';
import { isMissingFile } from './missing-file.ts';

/** The file's text; undefined when there is none. */
export async function readTextIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissingFile(error)) return undefined;
    throw error;
  }
}
